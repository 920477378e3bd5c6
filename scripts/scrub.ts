import type { Access } from './csv-files/access';
import { decide, follow } from './csv-files/follow';
import { WrongUse } from './csv-files/options';
import { openAccess, type Run, runProgram } from './csv-files/program';
import { confirms, openTerminal, type Terminal } from './csv-files/terminal';
import { upload } from './csv-files/upload';
import { type Arguments, readArguments, USAGE } from './scrub/arguments';
import {
  answeredOf,
  fetchResult,
  getScrub,
  priceOf,
  scrubPath,
  type ScrubView,
  summary,
} from './scrub/scrub';

const SUCCEEDED = new Set(['completed', 'previewed']);

async function main(args: Arguments, run: Run): Promise<number> {
  const terminal = openTerminal();
  if (args.file !== null && !terminal && !args.yes && !args.dryRun) {
    throw new WrongUse('--yes, or --dry-run, is required where nobody can be asked');
  }
  const access = await openAccess(args, terminal, run.signal);
  const id = args.follow ?? (await uploadFile(access, args, run));
  run.id = id;
  let scrub = await followToEnd(access, id, run);
  if (scrub.state === 'previewed' && !args.dryRun && (args.yes || terminal)) {
    if (!(await isWanted(access, scrub, args.yes ? null : terminal, run))) return 1;
    scrub = await followToEnd(access, id, run);
  }
  // What is paid for is worth having, however it has ended.
  if (scrub.state === 'completed' || answeredOf(scrub) > 0) {
    await fetchResult(access, id, args.resultFile, progressOf(run));
    run.display.end();
    console.log(`result: ${args.resultFile}`);
  }
  return conclude(scrub);
}

function progressOf({ display }: Run) {
  return display.following.bind(display);
}

async function followToEnd(access: Access, id: string, run: Run): Promise<ScrubView> {
  const scrub = await follow(access, () => getScrub(access, id), progressOf(run));
  run.display.end();
  console.log(summary(scrub));
  return scrub;
}

/**
 * Commits what the preview has priced, once somebody has said so; what is not wanted is given up.
 * @param terminal null: nobody has to be asked
 */
async function isWanted(
  access: Access,
  scrub: ScrubView,
  terminal: Terminal | null,
  run: Run,
): Promise<boolean> {
  const question = `Pay ${priceOf(scrub)} at ${new URL(access.url).host}?`;
  const wanted = !terminal || (await confirms(terminal, question, run.signal));
  await decide(access, scrubPath(scrub.scrub_id), wanted ? 'commit' : 'cancel', progressOf(run));
  if (!wanted) console.error('Nothing has been answered or paid for.');
  return wanted;
}

async function uploadFile(
  access: Access,
  { file, fields }: Arguments,
  { display }: Run,
): Promise<string> {
  if (file === null) throw new WrongUse('a FILE is required');
  const id = await upload(access, {
    path: '/contact/scrubs',
    idName: 'scrub_id',
    fields,
    file,
    onProgress: display.uploading.bind(display),
  });
  display.end();
  console.error(`scrub ${id}`);
  return id;
}

function conclude({ state, error }: ScrubView): number {
  if (SUCCEEDED.has(state)) return 0;
  console.error(`rescind: the scrub has ${state}${error === null ? '' : `: ${error}`}`);
  return 1;
}

function onInterrupt({ id }: Run): string[] {
  if (id === null) return ['Stopped during the upload: an incomplete upload costs nothing.'];
  return [`The service goes on with what is committed. To follow: npm run scrub -- --follow ${id}`];
}

runProgram({ usage: USAGE, noun: 'scrub', readArguments, main, onInterrupt });
