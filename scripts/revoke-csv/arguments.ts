import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run revoke-csv -- FILE [options]
       npm run revoke-csv -- --follow BATCH_ID [options]

Uploads a CSV with a header that names any of email, mobile, email_sha256, mobile_sha256 and
certificate_id, revokes what its rows name, remembers the opt-outs, and follows until it is done. Rows that were not revoked are saved beside the file. In a
terminal it shows a preview and asks before it revokes anything.

  --url URL        of the service; or set RESCIND_URL (http://127.0.0.1:3000)
  --dry-run        only tells what would be revoked
  --yes            revokes without asking
  --reason TEXT    goes into the audit log
  --errors FILE    where to save the rows that were not revoked (FILE.errors.csv)
  --follow ID      follows a batch that was uploaded before
  --token TOKEN    of the company. Better set RESCIND_TOKEN, or type it when asked: npm shows the
                   command line, and others on this machine can see a token on it

Exit code: 0 completed, or previewed by a dry run; 1 failed, cancelled or refused; 2 wrong use;
130 after Ctrl-C.`;

/** What the caller wants. */
export interface Arguments {
  /** Null: `follow` names what was uploaded before. */
  file: string | null;
  follow: string | null;
  /** Null: none was given, and it has to be asked for. */
  token: string | null;
  /** Without a slash at its end. */
  url: string;
  dryRun: boolean;
  /** Revoke without asking. */
  yes: boolean;
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
  const given = { ...takenByNpm(env), ...values };
  const [file = null, ...rest] = positionals;
  const follow = given.follow ?? null;
  if (rest.length > 0) throw new WrongUse('one FILE at a time');
  if ((file === null) === (follow === null)) throw new WrongUse('a FILE, or --follow, is required');
  const token = given.token ?? env.RESCIND_TOKEN ?? '';
  return {
    file,
    follow,
    token: token === '' ? null : requireToken(token),
    url: baseUrl(given.url ?? urlOf(env)),
    dryRun: given['dry-run'] ?? false,
    // What npm took does not count: it may stand in a file of settings.
    yes: values.yes ?? false,
    reason: given.reason ?? null,
    errorsFile: given.errors ?? `${file ?? follow ?? ''}.errors.csv`,
  };
}

function urlOf({ RESCIND_URL = '' }: NodeJS.ProcessEnv): string {
  return RESCIND_URL === '' ? 'http://127.0.0.1:3000' : RESCIND_URL;
}

/**
 * A token that could be one.
 * @throws WrongUse
 */
export function requireToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new WrongUse('--token has characters that no token has');
}

const TEXTS = ['token', 'url', 'reason', 'errors', 'follow'] as const;

/**
 * Without `--` before them, npm takes options for its own, and hands them on in the environment.
 * @throws WrongUse when it has lost the value of one
 */
function takenByNpm(env: NodeJS.ProcessEnv) {
  const taken: Partial<Record<(typeof TEXTS)[number], string>> & { 'dry-run'?: boolean } = {};
  for (const name of TEXTS) {
    const value = env[`npm_config_${name}`];
    if (value === 'true') {
      throw new WrongUse(`npm took --${name} for its own: write -- before the FILE`);
    }
    if (value) taken[name] = value;
  }
  if (env.npm_config_dry_run && env.npm_config_dry_run !== 'false') taken['dry-run'] = true;
  return taken;
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
        yes: flag,
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
    throw new WrongUse('--url must start with http:// or https://, and so must RESCIND_URL');
  }
  return new URL(given).href.replace(/\/+$/, '');
}
