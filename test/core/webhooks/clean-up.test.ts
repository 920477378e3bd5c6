import { runCleanup } from '../../../src/core/cleanup/run-cleanup';
import { sweepDue } from '../../../src/core/cleanup/sweep-due';
import { collections } from '../../helpers/collections';
import { listen, tellNow } from '../../helpers/webhooks';
import { wipeRedis } from '../../workers/wipe';
import { aged, asRemoved, never, revoke, type Scene, withCompanies, YEAR } from '../cleanup/scene';

let scene: Scene;

withCompanies((opened) => {
  scene = opened;
}, 'delete');

test('once a certificate is cleaned up, nothing told or answered names it, and the rest stands', async () => {
  const { ctx, company } = scene;
  const receiver = await listen(ctx, company);
  // It says again what it was told.
  receiver.answer = (response, { body }) => response.writeHead(200).end(body);
  const old = await aged(scene, YEAR.certificate_days + 1);
  const young = await aged(scene, 1);
  for (const { id } of [old, young]) await revoke(scene, id);
  await tellNow(ctx);
  const { webhookDeliveries, webhookEvents, cleanups } = collections(ctx);
  const mine = { company_id: company.id };
  const kept = async () =>
    JSON.stringify([
      await webhookEvents.find(mine).toArray(),
      await webhookDeliveries.find(mine).toArray(),
    ]);
  expect((await kept()).split(old.id).length).toBeGreaterThan(4);

  await sweepDue({ ctx, signal: never, now: new Date() });
  for (const { _id } of await cleanups.find(mine).toArray()) {
    await runCleanup({ ctx, cleanupId: _id, signal: never });
  }
  expect(await kept()).not.toContain(old.id);
  expect(await kept()).toContain(young.id);
  const revoked = await webhookEvents.find({ ...mine, event: 'certificate.revoked' }).toArray();
  expect(revoked.map(({ data }) => data.certificate_ids)).toEqual([
    asRemoved(scene, [old.id]),
    [young.id],
  ]);
  await receiver.close();
  await wipeRedis(ctx);
});
