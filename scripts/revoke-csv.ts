import type { Access, BatchView } from './revoke-csv/api';
import { type Arguments, readArguments, USAGE, WrongUse } from './revoke-csv/arguments';
import { Display, summary } from './revoke-csv/display';
import { fetchErrors, follow } from './revoke-csv/follow';
import { upload } from './revoke-csv/upload';

const SUCCEEDED = new Set(['completed', 'previewed']);
const INTERRUPTED = 130;

/** What to tell whoever stops in the middle. */
let batchId: string | null = null;
const display = new Display(process.stderr);
const interrupted = new AbortController();

async function main(args: Arguments): Promise<number> {
  const access: Access = { ...args, signal: interrupted.signal };
  batchId = args.follow ?? (await uploadFile(access, args));
  const onProgress = display.following.bind(display);
  const batch = await follow(access, batchId, onProgress);
  display.end();
  console.log(summary(batch));
  const errors = await fetchErrors(access, batchId, args.errorsFile, onProgress);
  display.end();
  if (errors > 0) console.log(`what was not revoked: ${args.errorsFile}`);
  return conclude(batch);
}

async function uploadFile(access: Access, { file, dryRun, reason }: Arguments): Promise<string> {
  if (file === null) throw new WrongUse('a FILE is required');
  const onProgress = display.uploading.bind(display);
  const id = await upload(access, { file, dryRun, reason, onProgress });
  display.end();
  console.error(`batch ${id}`);
  return id;
}

function conclude({ state, error }: BatchView): number {
  if (SUCCEEDED.has(state)) return 0;
  console.error(`rescind: the batch has ${state}${error === null ? '' : `: ${error}`}`);
  return 1;
}

function explainHowToResume(): number {
  console.error(
    batchId === null
      ? 'Stopped during the upload: an incomplete upload revokes nothing.'
      : `The service goes on with it. To follow: npm run revoke-csv -- --follow ${batchId}`,
  );
  return INTERRUPTED;
}

function explain(error: unknown): number {
  display.end();
  if (interrupted.signal.aborted) return explainHowToResume();
  if (error instanceof WrongUse) {
    console.error(`rescind: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  console.error(`rescind: ${error instanceof Error ? error.message : String(error)}`);
  if (batchId !== null) console.error(`batch ${batchId}`);
  return 1;
}

async function run(): Promise<number> {
  const args = readArguments(process.argv.slice(2), process.env);
  if (args !== 'help') return main(args);
  console.log(USAGE);
  return 0;
}

// More than once: it comes from the terminal and again from whoever started this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted.abort();
  });
}
run()
  .catch(explain)
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
