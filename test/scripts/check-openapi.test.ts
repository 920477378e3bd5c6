import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Service, startService } from '../helpers/service';
import { runScript } from './run-script';

type Paths = Record<string, Record<string, Record<string, unknown>>>;

let service: Service;
let dir: string;

beforeAll(async () => {
  service = await startService();
  dir = await mkdtemp(path.join(tmpdir(), 'rescind-openapi-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await service.close();
});

async function check(description: object) {
  const file = path.join(dir, 'openapi.json');
  await writeFile(file, JSON.stringify(description));
  return runScript('check-openapi', [file], {});
}

test('the rules of Redocly and Spectral find nothing in what is served', async () => {
  const { port } = new URL(service.url);
  const served = await fetch(`http://localhost:${port}/openapi.json`);
  const { code, stderr } = await check((await served.json()) as object);
  expect([code, stderr]).toEqual([0, '']);
});

test('both are asked, and warnings count', async () => {
  const { body } = await service.get('/openapi.json');
  const { wallet, audit } = { wallet: '/wallet', audit: '/audit' };
  const paths = body.paths as Paths;
  delete paths[wallet]!.get!.description;
  paths[audit]!.get!.responses = { 200: { description: 'OK' } };
  const { code, stderr } = await check(body as object);
  expect(code).toBe(1);
  expect(stderr).toContain('Spectral operation-description: paths//wallet/get');
  expect(stderr).toContain('Redocly operation-4xx-response: #/paths/~1audit/get/responses');
});
