import { type FileOptions, readOptions, WrongUse } from '../csv-files/options';

export const USAGE = `Usage: npm run scrub -- FILE [options]
       npm run scrub -- --follow SCRUB_ID [options]

Uploads a CSV with a header that names any of email, mobile, email_sha256 and mobile_sha256, shows
what it costs to have its rows answered, asks, and saves beside the file which of them may be
contacted now. Only what is answered is paid for.

  --url URL            of the service; or set RESCIND_URL (http://127.0.0.1:3000)
  --channel CHANNEL    call, text or email; without it, all three
  --consent-type TYPE  that the consent must have; without it, any
  --dry-run            only tells the price
  --yes                goes ahead without asking
  --output FILE        where to save the result (FILE.result.csv)
  --follow ID          follows a scrub that was uploaded before
  --token TOKEN        of the company. Better set RESCIND_TOKEN, or type it when asked: npm shows
                       the command line, and others on this machine can see a token on it

Exit code: 0 completed, or previewed by a dry run; 1 failed, cancelled or refused; 2 wrong use;
130 after Ctrl-C.`;

/** What the caller wants. */
export interface Arguments extends FileOptions {
  /** As the call names them. */
  fields: { channel?: string; consent_type?: string };
  resultFile: string;
}

/**
 * Reads the command line.
 * @returns `help` when that is what was asked for
 * @throws WrongUse
 */
export function readArguments(args: string[], env: NodeJS.ProcessEnv): Arguments | 'help' {
  const read = readOptions(args, env, ['channel', 'consent-type', 'output']);
  if (read === 'help') return read;
  const { options, own } = read;
  const { file, follow } = options;
  const fields = {
    ...(own.channel !== undefined && { channel: own.channel }),
    ...(own['consent-type'] !== undefined && { consent_type: own['consent-type'] }),
  };
  if (follow !== null && Object.keys(fields).length > 0) {
    throw new WrongUse('--channel and --consent-type are said with the FILE');
  }
  return { ...options, fields, resultFile: own.output ?? `${file ?? follow ?? ''}.result.csv` };
}
