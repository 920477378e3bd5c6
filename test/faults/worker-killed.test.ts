import { collections } from '../helpers/collections';
import { makeCertificate } from '../helpers/company';
import { until } from '../helpers/until';
import { startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  dieAt,
  expectRevokedOnce,
  expectSpent,
  LONG_MS,
  makeCertificates,
  openScene,
  optOut,
  retain,
  type Scene,
} from './scene';
import { walletOf } from '../helpers/wallet';

const SESSION_FEE = 100_000;

let scene: Scene;
let web: Web;

beforeAll(async () => {
  scene = await openScene();
  web = await startWeb(scene.env);
});
afterAll(() => scene.close());

async function left(): Promise<{ audited: number; states: (string | undefined)[] }> {
  const { audit, revocations } = collections(scene.ctx);
  const entries = await audit.find({ action: 'certificate.revoked' }).toArray();
  const requests = await revocations.find().sort({ requested_at: 1 }).toArray();
  return {
    audited: entries.flatMap(({ certificates }) => certificates).length,
    states: requests.map(({ state }) => state),
  };
}

test('workers killed at each step of one revocation after the other: each is finished, once', async () => {
  const many = await makeCertificates(scene, 1_500);
  expect((await optOut(web, scene, { email: many.email })).body.revoked).toBe(1_500);
  await dieAt(scene, 'revocation.entry_written');
  expect(await left()).toEqual({ audited: 1_000, states: ['flagged'] });

  // Several that wait together, so that one worker is in the middle of all of them.
  const several = await Promise.all([1, 2, 3, 4].map((count) => makeCertificates(scene, count)));
  for (const { email } of several) await optOut(web, scene, { email });
  await dieAt(scene, 'revocation.audited');
  expect((await left()).states.every((state) => state === 'flagged')).toBe(true);

  const third = await makeCertificates(scene, 2);
  await optOut(web, scene, { email: third.email });
  await dieAt(scene, 'revocation.completed');

  // A worker dies, too, while it sets the flags that an API has left.
  const fourth = await makeCertificates(scene, 1_500);
  const dying = await startWeb({ ...scene.env, CRASH_POINT: 'revocation.recorded' });
  await expect(optOut(dying, scene, { email: fourth.email })).rejects.toThrow('fetch failed');
  await dieAt(scene, 'revocation.chunk_flagged');
  expect((await left()).states.at(-1)).toBe('recorded');
  await dieAt(scene, 'revocation.flagged');

  const worker = await startWorker(scene.env);
  await allFinished(scene);
  await worker.kill();
  const everyone = [many, ...several, third, fourth].flatMap(({ ids }) => ids);
  await expectRevokedOnce(scene, everyone);
  expect(new Set((await left()).states)).toEqual(new Set(['completed']));
});

test('workers killed in the middle of and after settling a retention: one fee, one line', async () => {
  const { sessionId } = await makeCertificate(scene.ctx, scene.company);
  expect((await retain(web, scene, sessionId)).body.already_retained).toBe(false);
  await dieAt(scene, 'retention.settling');
  expect(await reserved()).toBe(SESSION_FEE);
  await dieAt(scene, 'retention.settled');
  expect(await reserved()).toBe(0);
  const worker = await startWorker(scene.env);
  await allFinished(scene);
  // The job of the killed worker is done once more, and finds nothing to do.
  const { retention } = scene.ctx.queues.byName;
  const again = async () => (await retention.getCompletedCount()) === 1;
  await until('the job is done again', again, LONG_MS);
  await worker.kill();
  expect((await retain(web, scene, sessionId)).body.already_retained).toBe(true);
  await expectSpent(scene, { session_retention: { lines: 1, amount_microusd: -SESSION_FEE } });
  const action = 'session.retained';
  expect(await collections(scene.ctx).audit.countDocuments({ action })).toBe(1);
});

const reserved = async () => (await walletOf(scene.ctx, scene.company.id))?.reserved_microusd;
