/**
 * Makes small breaks in a folder of `src/core`, one at a time, and says which of them no test
 * notices: `npm run mutate -- wallet`. What has not changed since the last run is not tried again;
 * with `--all` it is. Needs minutes to hours, so CI does not run it.
 */
import { existsSync } from 'node:fs';
import { mutateFolder } from './mutate/mutate-folder';
import { TARGETS } from './mutate/targets';
import { withThrowawayServices } from './services/throwaway';

const USAGE = `Usage: npm run mutate -- FOLDER [--all]\nFOLDER: ${Object.keys(TARGETS).join(', ')}`;

const say = (line: string): void => console.error(line);

async function main(args: string[]): Promise<void> {
  const [folder = '', option] = args;
  const tests = TARGETS[folder];
  if (!tests || !existsSync(`src/core/${folder}`) || (option && option !== '--all')) {
    say(USAGE);
    process.exitCode = 2;
    return;
  }
  const all = option === '--all';
  const { TEST_MONGODB_URI: mongo, TEST_REDIS_URL: redis } = process.env;
  const run = async (mongoUri: string, redisUrl: string) => {
    const passed = await mutateFolder({ folder, tests, all, mongoUri, redisUrl });
    process.exitCode = passed ? 0 : 1;
  };
  if (mongo && redis) await run(mongo, redis);
  else await withThrowawayServices('mutate', say, run);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
