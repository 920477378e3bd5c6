import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import { manyCertificates } from '../../core/batches/many-certificates';
import { makeConsent } from '../../core/consents/scene';
import { completedBefore, poll } from '../../core/revocations/feed-scene';
import { startWeb, startWorker, type Web } from '../../faults/processes';
import { LONG_MS, openScene, type Scene } from '../../faults/scene';
import { CALLER, makeCompany } from '../../helpers/company';
import { until } from '../../helpers/until';
import { run } from '../run-script';

const POLLER = require.resolve('../../../scripts/examples/poll-revocations.ts');
const EXAMPLE = [process.execPath, '--import', 'tsx', POLLER] as const;

jest.setTimeout(2 * LONG_MS);

let scene: Scene;
let webs: Web[];
let folder: string;

beforeAll(async () => {
  scene = await openScene();
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-poller-'));
  const started = [startWeb(scene.env), startWeb(scene.env)];
  [webs] = await Promise.all([Promise.all(started), startWorker(scene.env)]);
});
beforeEach(async () => {
  scene = { ...scene, company: await makeCompany(scene.ctx) };
});
afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true });
});

type Channel = 'call' | 'text' | 'email';
const ALL: Channel[] = ['call', 'text', 'email'];

/** A list of people, by the ids of what they agreed by, and the settings of whoever keeps it. */
async function makeList(ids: string[]) {
  const own = path.join(folder, scene.company.id);
  await mkdir(own);
  const file = path.join(own, 'list.json');
  const people = Object.fromEntries(ids.map((id) => [id, { channels: ALL, name: 'Ann' }]));
  await writeFile(file, JSON.stringify({ people }));
  /** It is whole at any time. */
  const read = async () =>
    (JSON.parse(await readFile(file, 'utf8')) as { people: typeof people }).people;
  return {
    env: {
      ECONSENT_API_TOKEN: scene.company.token,
      RESCIND_URL: webs[0]!.url,
      LIST: file,
      CURSOR: path.join(own, 'cursor'),
    },
    people: read,
    left: async () => Object.keys(await read()).sort(),
  };
}

const runOnce = (env: Record<string, string>) => run([...EXAMPLE, '--once'], env);

/** Lets it run until it has said so many lines, then kills it, unless it has come to the end by then. */
async function killedAfter(lines: number, env: Record<string, string>): Promise<boolean> {
  const [node, ...args] = EXAMPLE;
  const child = spawn(node, [...args, '--once'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let said = 0;
  createInterface({ input: child.stdout }).on('line', () => {
    said += 1;
    if (said === lines) child.kill('SIGKILL');
  });
  const [code, signal] = (await gone) as [number | null, string | null];
  expect([code, signal]).toEqual(signal ? [null, 'SIGKILL'] : [0, null]);
  return signal !== null;
}

test('takes whoever has opted out off its list, by channel, certificate and consent', async () => {
  const { ctx, company } = scene;
  const consentId = await makeConsent(ctx, company.id);
  const ids = await manyCertificates(ctx, company, 4);
  const list = await makeList([...ids, consentId]);
  const none = await runOnce(list.env);
  expect(none).toEqual({ code: 0, stdout: '', stderr: '' });
  const optOut = (certificate_id: string, channels?: Channel[]) =>
    webs[1]!.post('/opt-out', { company_id: company.id, certificate_id, channels }, company);
  await optOut(ids[0]!);
  await optOut(ids[1]!, ['call', 'text']);
  await revokeConsent({ ctx, region: 'default', companyId: company.id, caller: CALLER, consentId });
  expect(await runOnce(list.env)).toEqual({
    code: 0,
    stdout: '3 revocations, 3 taken off\n',
    stderr: '',
  });
  expect(await list.people()).toEqual({
    [ids[1]!]: { channels: ['email'], name: 'Ann' },
    [ids[2]!]: { channels: ALL, name: 'Ann' },
    [ids[3]!]: { channels: ALL, name: 'Ann' },
  });
  await optOut(ids[1]!, ['email']);
  expect((await runOnce(list.env)).stdout).toBe('1 revocations, 1 taken off\n');
  expect(await list.left()).toEqual(ids.slice(2).sort());
});

test('dead between list and cursor, it does the same once more', async () => {
  const { ctx, company } = scene;
  const ids = await manyCertificates(ctx, company, 3);
  const list = await makeList(ids);
  const later = path.join(folder, company.id, 'later');
  const env = { ...list.env, CURSOR: path.join(later, 'cursor') };
  await webs[0]!.post('/revocations/bulk', { certificate_ids: ids.slice(0, 2) }, company);
  expect((await runOnce(env)).code).toBe(1);
  expect(await list.left()).toEqual(ids.slice(2));
  await mkdir(later);
  expect(await runOnce(env)).toEqual({
    code: 0,
    stdout: '1 revocations, 0 taken off\n',
    stderr: '',
  });
  expect(await runOnce(env)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('killed again and again while two processes revoke, it misses nobody', async () => {
  const { ctx, company } = scene;
  const before = await completedBefore(ctx, company, 1_900);
  const old = before.flatMap(({ certificate_ids }) => certificate_ids);
  const ids = await manyCertificates(ctx, company, 61);
  const list = await makeList([...old, ...ids]);
  const write = async (web: Web, mine: string[]) => {
    for (const id of mine) {
      const { status } = await web.post(`/certificates/${id}/revoke`, {}, company);
      expect(status).toBe(200);
    }
  };
  const kill = async () => {
    expect(await killedAfter(1, list.env)).toBe(true);
    expect((await list.left()).length).toBeLessThan(1_961);
    await killedAfter(2, list.env);
    await killedAfter(1, list.env);
  };
  await Promise.all([
    write(webs[0]!, ids.slice(0, 30)),
    write(webs[1]!, ids.slice(30, 60)),
    kill(),
  ]);
  await until('all of them are off the list', async () => {
    expect((await runOnce(list.env)).code).toBe(0);
    return (await list.left()).length === 1;
  });
  expect(await list.left()).toEqual(ids.slice(60));
});

test('a cursor that the service does not take has it begin again, a wrong token has it end', async () => {
  const { ctx, company } = scene;
  const ids = await manyCertificates(ctx, company, 2);
  const list = await makeList(ids);
  await webs[0]!.post(`/certificates/${ids[0]!}/revoke`, {}, company);
  const theirs = await poll(ctx, await makeCompany(ctx));
  await writeFile(list.env.CURSOR, theirs.next_cursor);
  expect(await runOnce(list.env)).toEqual({
    code: 0,
    stdout: '1 revocations, 1 taken off\n',
    stderr: '',
  });
  const { code, stderr } = await runOnce({ ...list.env, ECONSENT_API_TOKEN: 'rescind_tok_nobody' });
  expect([code, stderr]).toEqual([1, expect.stringContaining('Invalid credentials or token')]);
});
