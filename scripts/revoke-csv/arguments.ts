import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run revoke-csv -- FILE --token TOKEN [options]
       npm run revoke-csv -- --follow BATCH_ID --token TOKEN [options]

Uploads a CSV with a header that names any of email, mobile and certificate_id, revokes what its rows
name, and follows until it is done. Rows that were not revoked are saved beside the file.

  --token TOKEN    of the company; or set RESCIND_TOKEN, as others on this machine can see a token
                   on the command line
  --url URL        of the service (http://127.0.0.1:3000)
  --dry-run        only tells what would be revoked
  --reason TEXT    goes into the audit log
  --errors FILE    where to save the rows that were not revoked (FILE.errors.csv)
  --follow ID      follows a batch that was uploaded before

Exit code: 0 completed, or previewed by a dry run; 1 failed, cancelled or refused; 2 wrong use;
130 after Ctrl-C.`;

/** What the caller wants. */
export interface Arguments {
  /** Null: `follow` names what was uploaded before. */
  file: string | null;
  follow: string | null;
  token: string;
  /** Without a slash at its end. */
  url: string;
  dryRun: boolean;
  reason: string | null;
  errorsFile: string;
}

/** Wrong use; the message says what is wrong. */
export class WrongUse extends Error {}

/**
 * Reads the command line.
 * @returns `help` when that is what was asked for
 * @throws WrongUse
 */
export function readArguments(args: string[], env: NodeJS.ProcessEnv): Arguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [file = null, ...rest] = positionals;
  const follow = values.follow ?? null;
  if (rest.length > 0) throw new WrongUse('one FILE at a time');
  if ((file === null) === (follow === null)) throw new WrongUse('a FILE, or --follow, is required');
  const token = values.token ?? env.RESCIND_TOKEN ?? '';
  if (token === '') throw new WrongUse('--token, or RESCIND_TOKEN, is required');
  if (!/^[\x21-\x7e]+$/.test(token)) throw new WrongUse('--token has characters that no token has');
  return {
    file,
    follow,
    token,
    url: baseUrl(values.url ?? 'http://127.0.0.1:3000'),
    dryRun: values['dry-run'] ?? false,
    reason: values.reason ?? null,
    errorsFile: values.errors ?? `${file ?? follow ?? ''}.errors.csv`,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        token: text,
        url: text,
        'dry-run': flag,
        reason: text,
        errors: text,
        follow: text,
        help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : String(error));
  }
}

function baseUrl(given: string): string {
  if (!/^https?:/i.test(given) || !URL.canParse(given)) {
    throw new WrongUse('--url must start with http:// or https://');
  }
  return new URL(given).href.replace(/\/+$/, '');
}
