import { type FileOptions, readOptions } from '../csv-files/options';

export const USAGE = `Usage: npm run revoke-csv -- FILE [options]
       npm run revoke-csv -- --follow BATCH_ID [options]

Uploads a CSV with a header that names any of email, mobile, email_sha256, mobile_sha256 and
certificate_id, revokes what its rows name, remembers the opt-outs, and follows until it is done.
A column channels may say for each row: call, text, email, or several of them. Rows that were not
revoked are saved beside the file. In a terminal it shows a preview and asks before it revokes
anything.

  --url URL        of the service; or set RESCIND_URL (http://127.0.0.1:3000)
  --dry-run        only tells what would be revoked
  --yes            revokes without asking
  --channels LIST  what rows opt out of that do not say it: call, text, email (call,text,email)
  --reason TEXT    goes into the audit log
  --errors FILE    where to save the rows that were not revoked (FILE.errors.csv)
  --follow ID      follows a batch that was uploaded before
  --token TOKEN    of the company. Better set RESCIND_TOKEN, or type it when asked: npm shows the
                   command line, and others on this machine can see a token on it

Exit code: 0 completed, or previewed by a dry run; 1 failed, cancelled or refused; 2 wrong use;
130 after Ctrl-C.`;

/** What the caller wants. */
export interface Arguments extends FileOptions {
  reason: string | null;
  channels: string | null;
  errorsFile: string;
}

/**
 * Reads the command line.
 * @returns `help` when that is what was asked for
 * @throws WrongUse
 */
export function readArguments(args: string[], env: NodeJS.ProcessEnv): Arguments | 'help' {
  const read = readOptions(args, env, ['reason', 'channels', 'errors']);
  if (read === 'help') return read;
  const { options, own } = read;
  const { file, follow } = options;
  return {
    ...options,
    reason: own.reason ?? null,
    channels: own.channels ?? null,
    errorsFile: own.errors ?? `${file ?? follow ?? ''}.errors.csv`,
  };
}
