import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CONSENT, makeCertificate, makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Ended, run } from '../run-script';

/** Packages may have to be fetched. */
const LONG_MS = 10 * 60_000;
jest.setTimeout(LONG_MS);

const ROOT = path.resolve('.');
/** Strict, and as bundlers resolve: the generated files import each other without endings. */
const COMPILE = [
  ...[process.execPath, path.join(ROOT, 'node_modules/typescript/bin/tsc')],
  ...['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--lib', 'es2023,dom'],
  ...['--module', 'esnext', '--moduleResolution', 'bundler'],
  ...['--typeRoots', path.join(ROOT, 'node_modules/@types'), '--types', 'node'],
];
const RUN = [process.execPath, '--import', path.join(ROOT, 'node_modules/tsx/dist/loader.mjs')];

const FIRST_CHECK = `
import { verifyMatch } from './client';

async function main(): Promise<void> {
  const { TOKEN: auth, CERTIFICATE: certificate_id = '', CONSENT: consent = '' } = process.env;
  const given = await verifyMatch({ auth, body: { certificate_id, consent } });
  const valid: boolean | undefined = given.data?.valid;
  const unknown = await verifyMatch({ auth, body: { certificate_id: 'EC-nobody', consent } });
  console.log(valid, unknown.response?.status, unknown.error?.error);
}
void main();
`;

let service: Service;
let dir: string;

beforeAll(async () => {
  service = await startService();
  dir = await mkdtemp(path.join(tmpdir(), 'rescind-client-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await service.close();
});

/** The line of README that makes a client. */
async function printedLine(): Promise<string> {
  const readme = await readFile('README.md', 'utf8');
  return /`(npx [^`]*openapi-ts[^`]*)`/.exec(readme)?.[1] ?? '';
}

async function versionOf(name: string): Promise<string> {
  const file = path.join(ROOT, 'node_modules', name, 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

/** Runs a program where there is nothing but the folder. */
async function inFolder(command: string[], env: Record<string, string> = {}): Promise<Ended> {
  return run(['sh', '-c', 'cd "$0" && exec "$@"', dir, ...command], env);
}

test("README's line makes a client in an empty folder, which compiles and checks", async () => {
  const line = await printedLine();
  expect(line).toContain(' http://localhost:3000/openapi.json ');
  const made = await inFolder(
    ['sh', '-c', line.replace('http://localhost:3000', service.url)],
    // What npm has in its cache it need not ask for again.
    { npm_config_prefer_offline: 'true' },
  );
  expect([made.code, made.stderr]).toEqual([0, expect.any(String)]);

  await writeFile(path.join(dir, 'first-check.ts'), FIRST_CHECK);
  const compiled = await inFolder([...COMPILE, 'first-check.ts']);
  expect([compiled.code, compiled.stdout]).toEqual([0, '']);

  const company = await makeCompany(service.ctx);
  const { id } = await makeCertificate(service.ctx, company);
  const env = { TOKEN: company.token, CERTIFICATE: id, CONSENT };
  const checked = await inFolder([...RUN, 'first-check.ts'], env);
  expect([checked.stdout, checked.stderr]).toEqual(['true 404 Certificate not found\n', '']);
});

test('its versions are pinned to those that are installed here', async () => {
  const line = await printedLine();
  for (const name of ['typescript', '@hey-api/openapi-ts']) {
    expect(line).toContain(` -p ${name}@${await versionOf(name)} `);
  }
});
