import { once } from 'node:events';
import { readArchive } from '../src/core/cleanup/read-archive';
import { ConfigError } from '../src/config';
import { createContext } from '../src/create-context';
import { AppError } from '../src/errors';
import { localSettings } from './services/local-settings';

const USAGE = 'Usage: npm run archive:read -- <archive_id | certificate_id | consent_id>';

/** Prints the lines of an archive, or those of one certificate or consent, once the checksum is right. */
async function main(): Promise<void> {
  const [id, ...more] = process.argv.slice(2);
  if (!id || more.length > 0 || id.startsWith('-')) throw new ConfigError(USAGE);
  const { ctx, close } = await createContext(await localSettings(), 'script');
  try {
    for await (const line of readArchive({ ctx, id })) {
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
    }
  } finally {
    await close();
  }
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof AppError;
  const message = error instanceof Error ? error.message : String(error);
  console.error(known ? message : `rescind: the archive cannot be read: ${message}`);
  process.exit(1);
});
