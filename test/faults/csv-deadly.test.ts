import { collections } from '../helpers/collections';
import { until } from '../helpers/until';
import { startWeb, startWorker, type Web } from './processes';
import {
  dieAt,
  expectRevokedOnce,
  LONG_MS,
  makeCertificates,
  openScene,
  type Scene,
  upload,
} from './scene';

let scene: Scene;
let web: Web;

beforeAll(async () => {
  scene = await openScene();
  web = await startWeb(scene.env);
});
afterAll(() => scene.close());

test('a file that kills its worker three times has failed, and its workers live on', async () => {
  const { ids, email } = await makeCertificates(scene, 3);
  const batchId = await upload(web, scene.company.token, `email\n${email}\n`);
  const path = `/revocations/batches/${batchId}`;
  for (let death = 1; death <= 3; death++) {
    // Each dies before its first checkpoint, with the row recorded.
    await dieAt(scene, 'batch.checkpointed');
    expect((await scene.ctx.store.batches.find(batchId))?.starts).toBe(death);
  }
  const worker = await startWorker(scene.env);
  const { token } = scene.company;
  const closed = async () => !(await scene.ctx.store.batches.find(batchId))?.open;
  await until('it is closed', closed, LONG_MS);
  const { body } = await web.get(path, { token });
  expect(body).toMatchObject({ state: 'failed', error: 'worker_died_three_times', rows_read: 0 });
  await expectRevokedOnce(scene, ids);

  // Another is done by the same worker, and this one is left alone.
  const other = await makeCertificates(scene, 1);
  const otherId = await upload(web, scene.company.token, `email\n${other.email}\n`);
  const done = async () => (await scene.ctx.store.batches.find(otherId))?.state === 'completed';
  await until('the other is done', done, LONG_MS);
  expect(worker.ended()).toBeNull();
  expect(await collections(scene.ctx).batches.findOne({ _id: batchId })).toMatchObject({
    fence: 4,
  });
}, 180_000);
