import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { createToken } from '../../src/core/credentials/create-token';
import { updateCompany } from '../../src/core/companies/update-company';
import { collections } from '../helpers/collections';
import { CALLER, CONSENT, makeCompany, type TestCompany } from '../helpers/company';
import { until } from '../helpers/until';
import { startWeb, startWorker, type Web } from './processes';
import {
  check,
  expectSpent,
  LONG_MS,
  makeCertificates,
  openScene,
  optOut,
  type Scene,
  upload,
} from './scene';

/** More than five seconds, so that what waits for a wrong clock is told from what is only slow. */
const SHIFT_MS = 60_000;
const SOON_MS = 20_000;
const CHECK_FEE = 15_000;

let scene: Scene;
let ahead: Web;
let behind: Web;

beforeAll(async () => {
  scene = await openScene();
  [ahead, behind] = await Promise.all([startWeb(shifted(SHIFT_MS)), startWeb(shifted(-SHIFT_MS))]);
});
afterAll(() => scene.close());

/** The settings of a process whose clock is wrong. */
function shifted(ms: number, more: Record<string, string> = {}): Record<string, string> {
  const file = pathToFileURL(path.resolve('test/faults/shift-clock.mjs')).href;
  return { ...scene.env, NODE_OPTIONS: `--import ${file}`, CLOCK_SHIFT_MS: String(ms), ...more };
}

const aCompany = (): Promise<TestCompany> => makeCompany(scene.ctx);

async function register(web: Web, { token, propertyId }: TestCompany, email: string) {
  const consents = [{ type: 'tcpa-express-consent', text: CONSENT }];
  const session_id = `session of ${email} by ${web.url}`;
  const body = {
    property_id: propertyId,
    session_id,
    email,
    origin: 'https://a.example',
    consents,
  };
  const { status, body: answer } = await web.post('/certificates', body, { token });
  expect(status).toBe(201);
  return answer.certificate_id as string;
}

test('a file revokes what was given before it, and nothing that came after', async () => {
  const company = await aCompany();
  const before = await register(ahead, company, 'a@example.com');
  const batches = [await upload(behind, company.token, 'email\na@example.com\n')];
  batches.push(await upload(ahead, company.token, 'email\nb@example.com\n'));
  const after = await register(behind, company, 'b@example.com');
  const worker = await startWorker(shifted(-SHIFT_MS));
  const done = async () => {
    const open = { _id: { $in: batches }, open: true };
    return (await collections(scene.ctx).batches.countDocuments(open)) === 0;
  };
  await until('both files are done', done, LONG_MS);
  await worker.kill();
  const statuses = [before, after].map(async (id) => {
    const { body } = await ahead.get(`/certificates/${id}`, { token: company.token });
    return body.opt_out.revoke as boolean;
  });
  expect(await Promise.all(statuses)).toEqual([true, false]);
});

test('what a machine ahead leaves undone, one that is behind finishes as soon as any', async () => {
  const dying = await startWeb(shifted(SHIFT_MS, { CRASH_POINT: 'revocation.recorded' }));
  const { email } = await makeCertificates(scene, 1);
  await expect(optOut(dying, scene, { email })).rejects.toThrow('fetch failed');
  const { revocations } = collections(scene.ctx);
  const worker = await startWorker(shifted(-SHIFT_MS));
  const mine = { company_id: scene.company.id, state: 'completed' } as const;
  await until('it is finished', () => revocations.findOne(mine), SOON_MS);
  await worker.kill();
});

test('a limit that one machine has used up opens for all when its second is over', async () => {
  const company = await aCompany();
  const input = { limits: { account_per_second: 3 } };
  await updateCompany({ ctx: scene.ctx, companyId: company.id, caller: CALLER, input });
  for (const [one, other] of [
    [ahead, behind],
    [behind, ahead],
  ] as const) {
    const call = async (web: Web) => (await web.get('/wallet', company)).status;
    await until('it is used up', async () => (await call(one)) === 429);
    await until('the next second', async () => (await call(other)) === 200, SOON_MS);
  }
});

test('a key is answered and paid for once, whichever machine is asked', async () => {
  const company = await aCompany();
  const certificate_id = await register(behind, company, 'c@example.com');
  const body = { ...company.ids, certificate_id, consent: CONSENT };
  const headers = { 'idempotency-key': 'the same' };
  for (const web of [ahead, behind, ahead]) {
    expect((await web.post('/verify/match', body, { headers })).status).toBe(200);
  }
  const spent = { check_match: { lines: 1, amount_microusd: -CHECK_FEE } };
  await expectSpent({ ...scene, company }, spent);
  expect((await check(behind, { ...scene, company }, certificate_id)).status).toBe(200);
});

test('a token ends at its time, no sooner and no later', async () => {
  const company = await aCompany();
  const by = { ctx: scene.ctx, companyId: company.id, caller: CALLER };
  const token = async (lifeMs: number) => {
    const expires_at = new Date(Date.now() + lifeMs);
    return (await createToken({ ...by, input: { label: 'ends', expires_at } })).token;
  };
  const lasting = await token(SHIFT_MS / 2);
  expect((await ahead.get('/wallet', { token: lasting })).status).toBe(200);
  const brief = await token(100);
  const isRefused = async () => (await behind.get('/wallet', { token: brief })).status === 401;
  await until('it is refused', isRefused, SOON_MS);
});
