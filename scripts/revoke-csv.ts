import { stat } from 'node:fs/promises';
import type { Access, BatchView } from './revoke-csv/api';
import {
  type Arguments,
  readArguments,
  requireToken,
  USAGE,
  WrongUse,
} from './revoke-csv/arguments';
import { Display, grouped, summary } from './revoke-csv/display';
import { sayFileError } from './revoke-csv/file-error';
import { decide, fetchErrors, follow } from './revoke-csv/follow';
import { askSecret, confirms, openTerminal, type Terminal } from './revoke-csv/terminal';
import { upload } from './revoke-csv/upload';

const SUCCEEDED = new Set(['completed', 'previewed']);
const INTERRUPTED = 130;

/** What to tell whoever stops in the middle. */
let batchId: string | null = null;
let onlyPreview = false;
const display = new Display(process.stderr);
const onProgress = display.following.bind(display);
const interrupted = new AbortController();
const { signal } = interrupted;

async function main(args: Arguments): Promise<number> {
  const terminal = openTerminal();
  if (args.file !== null) await requireFile(args.file);
  const access: Access = { url: args.url, token: await findToken(args, terminal), signal };
  const asks = args.file !== null && !args.dryRun && !args.yes ? terminal : null;
  onlyPreview = args.dryRun || asks !== null;
  batchId = args.follow ?? (await uploadFile(access, { ...args, dryRun: onlyPreview }));
  let batch = await followToEnd(access, batchId);
  if (asks && batch.state === 'previewed') {
    if (!(await isWanted(access, batch, asks))) return 1;
    onlyPreview = false;
    batch = await followToEnd(access, batchId);
  }
  const errors = await fetchErrors(access, batchId, args.errorsFile, onProgress);
  display.end();
  const not = onlyPreview ? 'would not be' : 'was not';
  if (errors > 0) console.log(`what ${not} revoked: ${args.errorsFile}`);
  return conclude(batch);
}

/** @throws WrongUse when it is not there and nobody can be asked */
async function findToken({ token }: Arguments, terminal: Terminal | null): Promise<string> {
  if (token !== null) return token;
  if (!terminal) throw new WrongUse('RESCIND_TOKEN, or --token, is required');
  const typed = await askSecret(terminal, 'Token (not shown while you type): ', signal);
  if (typed === '') throw new WrongUse('a token is required');
  return requireToken(typed);
}

/** Before anything is asked for or sent. */
async function requireFile(file: string): Promise<void> {
  if ((await stat(file)).isDirectory()) throw new Error(`${file}: it is a folder`);
}

async function followToEnd(access: Access, id: string): Promise<BatchView> {
  const batch = await follow(access, id, onProgress);
  display.end();
  console.log(summary(batch));
  return batch;
}

/** Asks whether to revoke what the preview counts; what is not wanted is given up. */
async function isWanted(access: Access, batch: BatchView, terminal: Terminal): Promise<boolean> {
  const count = `${grouped(batch.certificates_revoked)} certificates`;
  const { host } = new URL(access.url);
  const names = namesPeople(batch);
  const remember = names ? ', and remember whom the file names' : '';
  const question = `Revoke ${count} at ${host}${remember}? This cannot be undone.`;
  const wanted = (batch.revoked > 0 || names) && (await confirms(terminal, question, signal));
  await decide(access, batch.batch_id, wanted ? 'commit' : 'cancel', onProgress);
  if (!wanted) console.error('Nothing has been revoked.');
  return wanted;
}

/** Whether rows name people, whose opt-outs are remembered even where nothing is revoked. */
function namesPeople({ rows_read, invalid, remembered, columns_used = [] }: BatchView): boolean {
  if (remembered === undefined || rows_read === invalid) return false;
  return columns_used.some(({ kind }) => kind !== 'certificate_id');
}

async function uploadFile(access: Access, { file, dryRun, reason }: Arguments): Promise<string> {
  if (file === null) throw new WrongUse('a FILE is required');
  const id = await upload(access, {
    file,
    dryRun,
    reason,
    onProgress: display.uploading.bind(display),
  });
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
  if (onlyPreview) console.error('Nothing has been revoked: this was a preview.');
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
  const said = sayFileError(error) ?? (error instanceof Error ? error.message : String(error));
  console.error(`rescind: ${said}`);
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
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
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
