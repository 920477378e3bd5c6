/**
 * Writes the table of settings in scripts/README.md and .env.example from the schema that reads
 * them. Usage: npm run settings [-- --check]; with --check nothing is written, and a difference fails.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { settings } from '../src/settings';

const README = 'scripts/README.md';
const EXAMPLE = '.env.example';
const TABLE = /(?<=<!-- settings -->\n)[^]*(?=<!-- \/settings -->)/;
const EXAMPLE_HEAD =
  '# Every setting. `npm start` needs none of them; production takes them from the environment\n' +
  '# only (this file is not read).\n';

interface Setting {
  name: string;
  description: string;
  /** What holds when it is not set, for people. */
  unset: string;
  /** The plain default; empty where there is none. */
  value: string;
}

/** The settings that have a description, in the order of the schema. */
function describeSettings(): Setting[] {
  return Object.entries(settings.shape).flatMap(([name, schema]) => {
    const about = schema.meta();
    if (!about) return [];
    const { description = '', unset } = about as { description?: string; unset?: string };
    const parsed = schema.safeParse(undefined);
    // What is a list has words for its default.
    const isPlain = unset === undefined && parsed.success && typeof parsed.data !== 'object';
    const plain = isPlain ? String(parsed.data) : '';
    return { name, description, unset: unset ?? `\`${plain}\``, value: plain };
  });
}

function table(all: Setting[]): string {
  const rows = all.map(
    ({ name, description, unset }) => `| \`${name}\` | ${description} | ${unset} |`,
  );
  return ['', '| variable | meaning | default |', '| --- | --- | --- |', ...rows, '', ''].join(
    '\n',
  );
}

function example(all: Setting[]): string {
  const entries = all.map(({ name, description, unset, value }) => {
    const note = value === '' ? `${description}; default: ${unset}` : description;
    return `\n# ${note.replaceAll('`', '')}\n${name}=${value}\n`;
  });
  return EXAMPLE_HEAD + entries.join('');
}

async function main(check: boolean): Promise<void> {
  const all = describeSettings();
  const readme = await readFile(README, 'utf8');
  const wanted = {
    [README]: await format(
      readme.replace(TABLE, () => table(all)),
      {
        ...(await resolveConfig(README)),
        parser: 'markdown',
      },
    ),
    [EXAMPLE]: example(all),
  };
  for (const [file, text] of Object.entries(wanted)) {
    if ((await readFile(file, 'utf8')) === text) continue;
    if (check) throw new Error(`${file} is not what src/settings.ts says: run npm run settings`);
    await writeFile(file, text);
  }
}

main(process.argv.includes('--check')).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
