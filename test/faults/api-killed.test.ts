import { makeCertificate } from '../helpers/company';
import { until } from '../helpers/until';
import { startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  check,
  expectRevokedOnce,
  expectSpent,
  makeCertificates,
  openScene,
  optOut,
  retain,
  type Scene,
} from './scene';

const SESSION_FEE = 100_000;
const CHECK_PRICE = 15_000;
/** MongoDB itself would keep the transaction of a dead process for 60 s. */
const RELEASED_WITHIN_MS = 20_000;

let scene: Scene;
let healthy: Web;
const revoked: string[] = [];

beforeAll(async () => {
  scene = await openScene();
  [healthy] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
});
afterAll(() => scene.close());

/** Lets an API do something at whose `step` it kills itself; the caller sees its connection break. */
async function dieAt(step: string, call: (web: Web) => Promise<unknown>): Promise<void> {
  const web = await startWeb({ ...scene.env, CRASH_POINT: step });
  await expect(call(web)).rejects.toThrow('fetch failed');
  expect(await web.exited).toBe('signal SIGKILL');
}

test.each([
  ['revocation.recorded', 3],
  ['revocation.chunk_flagged', 1_500],
  ['revocation.flagged', 3],
  ['revocation.enqueueing', 3],
])('what an API killed at %s left is finished, once', async (step, count) => {
  const { email, ids } = await makeCertificates(scene, count);
  await dieAt(step, (web) => optOut(web, scene, { email }));
  await allFinished(scene);
  revoked.push(...ids);
  await expectRevokedOnce(scene, revoked);
  for (const id of [ids[0]!, ids.at(-1)!]) {
    expect((await check(healthy, scene, id)).status).toBe(403);
  }
  const again = await optOut(healthy, scene, { email });
  expect([again.status, again.body.revoked]).toEqual([200, 0]);
});

test.each(['revocation.recorded', 'revocation.chunk_flagged'])(
  'a caller who asks again at once after a kill at %s is answered truly',
  async (step) => {
    const { email, ids } = await makeCertificates(scene, 1_100);
    await dieAt(step, (web) => optOut(web, scene, { email }));
    const again = await optOut(healthy, scene, { email });
    expect(again.status).toBe(200);
    for (const id of [ids[0]!, ids.at(-1)!]) {
      expect((await check(healthy, scene, id)).status).toBe(403);
    }
    await allFinished(scene);
    revoked.push(...ids);
    await expectRevokedOnce(scene, revoked);
  },
);

test('a revocation by id, killed before its flag, is repeated with the same id and time', async () => {
  const { ids } = await makeCertificates(scene, 1);
  const { token } = scene.company;
  const revoke = (web: Web) => web.post(`/certificates/${ids[0]!}/revoke`, {}, { token });
  await dieAt('revocation.recorded', revoke);
  await allFinished(scene);
  revoked.push(...ids);
  await expectRevokedOnce(scene, revoked);
  const replies = [await revoke(healthy), await revoke(healthy)];
  const flag = (await scene.ctx.store.certificates.find(scene.company.id, ids[0]!))!.opt_out;
  for (const { status, body } of replies) {
    expect(status).toBe(200);
    const { revocation_id, revoked_at } = flag;
    const timestamp = revoked_at?.toISOString();
    expect(body).toMatchObject({ revoked: 0, revocation_id, timestamp });
  }
});

test('an API killed after the reservation of a retention: one fee, one line', async () => {
  const { sessionId } = await makeCertificate(scene.ctx, scene.company);
  await dieAt('retention.reserved', (web) => retain(web, scene, sessionId));
  const [again] = await Promise.all([
    retain(healthy, scene, sessionId),
    retain(healthy, scene, sessionId),
  ]);
  expect([again.status, again.body.already_retained]).toEqual([200, true]);
  await allFinished(scene);
  const session_retention = { lines: 1, amount_microusd: -SESSION_FEE };
  await expectSpent(scene, { session_retention });
});

test('an API killed in the middle of a charge or a reservation holds nobody up', async () => {
  const { id, sessionId } = await makeCertificate(scene.ctx, scene.company);
  await dieAt('check.charging', (web) => check(web, scene, id));
  const passes = async () => (await check(healthy, scene, id)).status === 200;
  await until('a check passes again', passes, RELEASED_WITHIN_MS);

  await dieAt('retention.reserving', (web) => retain(web, scene, sessionId));
  const isRevoked = async () =>
    (await optOut(healthy, scene, { certificate_id: id })).status === 200;
  await until('a revocation passes again', isRevoked, RELEASED_WITHIN_MS);
  expect((await check(healthy, scene, id)).status).toBe(403);
  await allFinished(scene);
  revoked.push(id);
  await expectRevokedOnce(scene, revoked);
  await expectSpent(scene, {
    check_match: { lines: 1, amount_microusd: -CHECK_PRICE },
    session_retention: { lines: 1, amount_microusd: -SESSION_FEE },
  });
});
