import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Wrong use; the message says what is wrong. */
export class WrongUse extends Error {}

/** What every program takes that sends a file to the service. */
export interface FileOptions {
  /** Null: `follow` names what was uploaded before. */
  file: string | null;
  follow: string | null;
  /** Null: none was given, and it has to be asked for. */
  token: string | null;
  /** Without a slash at its end. */
  url: string;
  dryRun: boolean;
  /** Go ahead without asking. */
  yes: boolean;
}

const COMMON = ['token', 'url', 'follow'];

/**
 * Reads the command line of a program that takes a FILE.
 * @param more names of options of its own, which take a text
 * @returns what was given, with a text for each of its own that was; `help` when that was asked for
 * @throws WrongUse
 */
export function readOptions<Name extends string>(
  args: string[],
  env: NodeJS.ProcessEnv,
  more: readonly Name[],
): { options: FileOptions; own: Partial<Record<Name, string>> } | 'help' {
  const texts = [...COMMON, ...more];
  const { values, positionals } = parse(args, texts);
  if (values.help === true) return 'help';
  const given: Record<string, unknown> = { ...takenByNpm(env, texts), ...values };
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : null);
  const [file = null, ...rest] = positionals;
  const follow = text('follow');
  if (rest.length > 0) throw new WrongUse('one FILE at a time');
  if ((file === null) === (follow === null)) throw new WrongUse('a FILE, or --follow, is required');
  const token = text('token') ?? env.RESCIND_TOKEN ?? '';
  const options = {
    file,
    follow,
    token: token === '' ? null : requireToken(token),
    url: baseUrl(text('url') ?? urlOf(env)),
    dryRun: given['dry-run'] === true,
    // What npm took does not count: it may stand in a file of settings.
    yes: values.yes === true,
  };
  const own = more.flatMap((name) => (text(name) === null ? [] : [[name, text(name)]]));
  return { options, own: Object.fromEntries(own) as Partial<Record<Name, string>> };
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

/**
 * Without `--` before them, npm takes options for its own, and hands them on in the environment.
 * @throws WrongUse when it has lost the value of one
 */
function takenByNpm(env: NodeJS.ProcessEnv, texts: string[]) {
  const taken: Record<string, string | boolean> = {};
  for (const name of texts) {
    const value = env[`npm_config_${name.replaceAll('-', '_')}`];
    if (value === 'true') {
      throw new WrongUse(`npm took --${name} for its own: write -- before the FILE`);
    }
    if (value) taken[name] = value;
  }
  if (env.npm_config_dry_run && env.npm_config_dry_run !== 'false') taken['dry-run'] = true;
  return taken;
}

function parse(args: string[], texts: string[]) {
  const flag = { type: 'boolean' } as const;
  const options: NonNullable<ParseArgsConfig['options']> = {
    ...Object.fromEntries(texts.map((name) => [name, { type: 'string' as const }])),
    'dry-run': flag,
    yes: flag,
    help: { ...flag, short: 'h' },
  };
  try {
    return parseArgs({ args, allowPositionals: true, options });
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
