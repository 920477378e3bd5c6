import type { Access } from './csv-files/access';
import { grouped } from './csv-files/display';
import { decide, follow } from './csv-files/follow';
import { WrongUse } from './csv-files/options';
import { openAccess, type Run, runProgram } from './csv-files/program';
import { confirms, openTerminal, type Terminal } from './csv-files/terminal';
import { upload } from './csv-files/upload';
import { type Arguments, readArguments, USAGE } from './revoke-csv/arguments';
import { batchPath, type BatchView, fetchErrors, getBatch } from './revoke-csv/batch';
import { summary } from './revoke-csv/summary';

const SUCCEEDED = new Set(['completed', 'previewed']);

let onlyPreview = false;

async function main(args: Arguments, run: Run): Promise<number> {
  const terminal = openTerminal();
  const access = await openAccess(args, terminal, run.signal);
  const asks = args.file !== null && !args.dryRun && !args.yes ? terminal : null;
  onlyPreview = args.dryRun || asks !== null;
  const id = args.follow ?? (await uploadFile(access, { ...args, dryRun: onlyPreview }, run));
  run.id = id;
  let batch = await followToEnd(access, id, run);
  if (asks && batch.state === 'previewed') {
    if (!(await isWanted(access, batch, asks, run))) return 1;
    onlyPreview = false;
    batch = await followToEnd(access, id, run);
  }
  const errors = await fetchErrors(access, id, args.errorsFile, progressOf(run));
  run.display.end();
  const not = onlyPreview ? 'would not be' : 'was not';
  if (errors > 0) console.log(`what ${not} revoked: ${args.errorsFile}`);
  return conclude(batch);
}

function progressOf({ display }: Run) {
  return display.following.bind(display);
}

async function followToEnd(access: Access, id: string, run: Run): Promise<BatchView> {
  const batch = await follow(access, () => getBatch(access, id), progressOf(run));
  run.display.end();
  console.log(summary(batch));
  return batch;
}

/** Asks whether to revoke what the preview counts; what is not wanted is given up. */
async function isWanted(
  access: Access,
  batch: BatchView,
  terminal: Terminal,
  run: Run,
): Promise<boolean> {
  const { certificates_revoked, partial_rows: partial = 0 } = batch;
  const some = partial > 0 ? ` (${grouped(partial)} rows for some channels only)` : '';
  const count = `${grouped(certificates_revoked)} certificates${some}`;
  const { host } = new URL(access.url);
  const names = namesPeople(batch);
  const remember = names ? ', and remember whom the file names' : '';
  const question = `Revoke ${count} at ${host}${remember}? This cannot be undone.`;
  const wanted = (batch.revoked > 0 || names) && (await confirms(terminal, question, run.signal));
  await decide(access, batchPath(batch.batch_id), wanted ? 'commit' : 'cancel', progressOf(run));
  if (!wanted) console.error('Nothing has been revoked.');
  return wanted;
}

/** Whether rows name people, whose opt-outs are remembered even where nothing is revoked. */
function namesPeople({ rows_read, invalid, remembered, columns_used = [] }: BatchView): boolean {
  if (remembered === undefined || rows_read === invalid) return false;
  return columns_used.some(({ kind }) => kind !== 'certificate_id');
}

async function uploadFile(
  access: Access,
  { file, dryRun, reason, channels }: Arguments,
  { display }: Run,
): Promise<string> {
  if (file === null) throw new WrongUse('a FILE is required');
  const id = await upload(access, {
    path: '/revocations/csv',
    idName: 'batch_id',
    fields: {
      ...(dryRun && { dry_run: 'true' }),
      ...(reason !== null && { reason }),
      ...(channels !== null && { channels }),
    },
    file,
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

function onInterrupt({ id }: Run): string[] {
  return [
    ...(onlyPreview ? ['Nothing has been revoked: this was a preview.'] : []),
    id === null
      ? 'Stopped during the upload: an incomplete upload revokes nothing.'
      : `The service goes on with it. To follow: npm run revoke-csv -- --follow ${id}`,
  ];
}

runProgram({ usage: USAGE, noun: 'batch', readArguments, main, onInterrupt });
