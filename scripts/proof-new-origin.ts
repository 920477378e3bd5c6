import { createContext } from '../src/create-context';
import { beginNewLog } from '../src/core/proof/begin-new-log';
import { REGIONS } from '../src/store/regions';
import { localSettings } from './services/local-settings';
import { runCommand } from './services/run-command';

const USAGE = `Usage: npm run proof:new-origin

Begins a new log in the place of each that a witness has stopped, as it knows more of it than the
database has. The new one names the last checkpoint of the former one that is here, has a name and a key
of its own, and everything goes into it that waits. Receipts that were issued before stay good. Not
needed, and refused, unless Health says that proof has stopped; if the newer database is still there, go
back to that instead. Tell the new verifier key, which is printed, to whoever runs a witness of yours.`;

async function main(args: string[]): Promise<number> {
  if (args.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const { ctx, close } = await createContext(await localSettings(), 'script');
  try {
    let begun = 0;
    for (const region of REGIONS) {
      const log = await beginNewLog({ ctx, region });
      if (!log) continue;
      begun += 1;
      const { former, moved } = log;
      console.log(log.verifier_key);
      console.error(
        `${log.origin} follows ${former.origin} at ${String(former.size)} records; ${String(moved)} more go into it`,
      );
    }
    if (begun === 0) console.error('rescind: no log has been stopped, so nothing was done');
    return begun === 0 ? 1 : 0;
  } finally {
    await close();
  }
}

runCommand(main);
