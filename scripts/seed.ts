import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '../src/config';
import { convertWallets } from '../src/core/wallet/convert-wallets';
import { createContext } from '../src/create-context';
import { UsRegionError } from '../src/store';
import { ensureDemoCompany } from './seed/demo-company';
import { closeCollections } from './services/collections';

/**
 * Creates collections and indexes, turns wallets of earlier releases into ledger pages and makes, with
 * DEMO=true, the demo company in an empty database. Safe to run at every start and by several
 * machines. With `--keep DIR` the demo's token and password are kept there, so that each run tells
 * the same. The last line on stdout is JSON: what a newcomer needs for a first call, or null.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: 'string' } } });
  const config = readConfig(process.env);
  const { ctx, close } = await createContext({ ...config, logLevel: 'silent' }, 'script');
  try {
    await ctx.store.createIndexes();
    await convertWallets({ ctx });
    const demo = config.demo ? await ensureDemoCompany({ ctx, dir: values.keep ?? null }) : null;
    process.stdout.write(`${JSON.stringify(demo)}\n`);
  } finally {
    await closeCollections();
    await close();
  }
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ConfigError) console.error(message);
  else if (error instanceof UsRegionError) console.error(`MONGODB_URI_US: ${message}`);
  else console.error(`rescind: seeding failed: ${message}`);
  process.exit(1);
});
