import { createContext } from '../src/create-context';
import { changeLogKeys } from '../src/core/proof/change-log-keys';
import { REGIONS } from '../src/store/regions';
import { localSettings } from './services/local-settings';
import { runCommand } from './services/run-command';

const USAGE = `Usage: npm run proof:new-key

Has new keys sign the logs of all regions, beside a running service or without one. The former keys stay
in /log/keys, so that receipts that were issued before stay good; their secret halves are thrown away.
Tell the new verifier keys, which are printed, to whoever runs a witness of yours: until then it refuses
to cosign, and checkpoints are published without it.`;

async function main(args: string[]): Promise<number> {
  if (args.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const { ctx, close } = await createContext(await localSettings(), 'script');
  try {
    let logs = 0;
    for (const region of REGIONS) {
      for (const { verifier_key: key } of await changeLogKeys({ ctx, region })) {
        logs += 1;
        console.log(key);
      }
    }
    if (logs === 0)
      console.error('rescind: there is no log yet; a worker begins it with a key of its own');
    return logs === 0 ? 1 : 0;
  } finally {
    await close();
  }
}

runCommand(main);
