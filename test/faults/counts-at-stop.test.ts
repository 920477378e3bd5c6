import { collections } from '../helpers/collections';
import { CONSENT } from '../helpers/company';
import { until } from '../helpers/until';
import { startWeb, startWorker } from './processes';
import { LONG_MS, makeCertificates, openScene, optOut, type Scene } from './scene';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const activity = () => collections(scene.ctx).activityDays.findOne();

test('web and worker write what they have counted, and that they end, before they stop', async () => {
  const { company, env } = scene;
  const left = await makeCertificates(scene, 3);
  const dying = await startWeb({ ...env, CRASH_POINT: 'revocation.recorded' });
  await expect(optOut(dying, scene, { email: left.email })).rejects.toThrow('fetch failed');
  const worker = await startWorker(env);
  const { certificates } = collections(scene.ctx);
  const isFlagged = async () =>
    (await certificates.countDocuments({ _id: { $in: left.ids }, 'opt_out.revoke': true })) === 3;
  await until('the worker has set the flags', isFlagged, LONG_MS);
  worker.signal('SIGTERM');
  expect(await worker.exited).toBe('code 0');
  expect((await activity())?.revoked).toEqual({ api: 3 });

  const web = await startWeb(env);
  const check = { ...company.ids, certificate_id: left.ids[0], consent: CONSENT };
  expect((await web.post('/verify/match', check)).status).toBe(403);
  web.signal('SIGTERM');
  expect(await web.exited).toBe('code 0');
  expect(await activity()).toMatchObject({ refused_checks: 1, revoked: { api: 3 } });

  // The one that died could not say that it ends.
  const processes = await collections(scene.ctx).processes.find().sort({ started_at: 1 }).toArray();
  expect(processes.map(({ role, ended_at }) => [role, ended_at !== null])).toEqual([
    ['web', false],
    ['worker', true],
    ['web', true],
  ]);
});
