import type { Context } from '../../../src/context';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { openMail } from '../../../src/core/messages/sealed-mail';
import { askForReplay } from '../../../src/core/webhooks/ask-for-replay';
import { changeEndpoint } from '../../../src/core/webhooks/change-endpoint';
import { deliverDue } from '../../../src/core/webhooks/deliver-due';
import { deliverAllDue } from '../../../src/core/webhooks/deliver-soon';
import { fanOutEvents } from '../../../src/core/webhooks/fan-out-events';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { openContext } from '../../helpers/context';
import { ensureIndexes } from '../../helpers/indexes';
import type { Receiver } from '../../helpers/receiver';
import { testConfig } from '../../helpers/settings';
import { listen, tellNow } from '../../helpers/webhooks';
import { wipeRedis } from '../../workers/wipe';
import { at } from '../batches/scene';
import { crashAt } from '../revocations/crash-at';
import { makeUser } from '../users/scene';

const SOON = new Date('2100-01-01T00:00:00Z');
const never = new AbortController().signal;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let receiver: Receiver & { endpointId: string };

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig({ SMTP_URL: 'smtp://127.0.0.1:1' }), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  receiver = await listen(ctx, company, ['certificate.revoked']);
});
afterEach(async () => {
  await receiver.close();
  await wipeRedis(ctx);
});
afterAll(() => close());

async function revoke(): Promise<string> {
  const { id } = await makeCertificate(ctx, company);
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  await revokeByIdentifiers({ ...by, identifiers: { certificate_id: id } });
  return id;
}
const endpoint = async () => (await ctx.store.webhookEndpoints.find(receiver.endpointId))!;
const states = async () =>
  (await ctx.store.webhookDeliveries.list(company.id, {}, { limit: 50 })).items
    .map(({ state }) => state)
    .reverse();
const turn = (of = ctx) => deliverDue({ ctx: of, endpointId: receiver.endpointId, signal: never });
const by = () => ({ ctx, companyId: company.id, caller: CALLER, endpointId: receiver.endpointId });
const enable = (enabled: boolean) => changeEndpoint({ ...by(), fields: { enabled } });
const failingSince = (days: number) =>
  collections(ctx).webhookEndpoints.updateOne(
    { _id: receiver.endpointId },
    { $set: { failing_since: new Date(ctx.now().getTime() - days * DAY_MS) } },
  );
const toldIds = () => receiver.received.flatMap(({ event }) => event.data.certificate_ids);

test('five days of nothing but failure disable it, by mail; enabled again, it is told by a replay', async () => {
  const admin = await makeUser(ctx, company);
  await makeUser(ctx, company, 'viewer');
  const since = ctx.now();
  receiver.answer = (response) => response.writeHead(500).end();
  const ids = [await revoke()];
  await tellNow(ctx);
  await failingSince(4.9);
  ids.push(await revoke());
  await tellNow(ctx);
  expect(await endpoint()).toMatchObject({ enabled: true });
  await failingSince(5.1);
  ids.push(await revoke());
  await tellNow(ctx);
  expect(await endpoint()).toMatchObject({ enabled: false, disabled_reason: 'failing' });
  const mails = await collections(ctx).mails.find().toArray();
  const letters = mails.map(({ _id, sealed }) => openMail({ ctx, id: _id, sealed })!);
  expect(letters.map(({ to }) => to.value)).toEqual([admin.email]);
  await turn();
  await turn();
  expect(await states()).toEqual(['discarded', 'discarded', 'discarded']);

  receiver.answer = null;
  receiver.received.splice(0);
  expect(await enable(true)).toMatchObject({ failing_since: null, disabled_at: null });
  expect(toldIds()).toEqual([]);
  await askForReplay({ ...by(), since });
  await turn();
  expect(toldIds()).toEqual(ids);
  expect(await states()).toEqual(['delivered', 'delivered', 'delivered']);
});

test('one success in between, and it is not disabled', async () => {
  await failingSince(6);
  let isFirst = true;
  receiver.answer = (response) => {
    response.writeHead(isFirst ? 200 : 500).end();
    isFirst = false;
  };
  await revoke();
  await revoke();
  await tellNow(ctx);
  expect(await endpoint()).toMatchObject({ enabled: true });
});

test('what comes once it is enabled again is not discarded by a turn that saw it disabled', async () => {
  await revoke();
  await tellNow(ctx);
  receiver.answer = (response) => response.writeHead(500).end();
  await revoke();
  await tellNow(ctx);
  await enable(false);
  let latest = '';
  const late = at(ctx, 'webhooks.discarding', 1, async () => {
    receiver.answer = null;
    await enable(true);
    latest = await revoke();
    const ids = await ctx.store.webhookEvents.findPending(SOON, SOON, 10);
    await fanOutEvents({ ctx, region: 'default', ids });
  });
  await turn(late);
  await turn();
  expect(toldIds()).toContain(latest);
});

test('a replay that a worker dies of, Redis forgets or another follows is carried out', async () => {
  const since = ctx.now();
  const ids = [await revoke(), await revoke()];
  await tellNow(ctx);
  receiver.received.splice(0);
  await askForReplay({ ...by(), since });
  await wipeRedis(ctx);
  await expect(turn(crashAt(ctx, 'webhooks.replayed'))).rejects.toThrow('crash');
  const again = at(ctx, 'webhooks.replayed', 1, async () => {
    await askForReplay({ ...by(), since });
  });
  await turn(again);
  await wipeRedis(ctx);
  await askForReplay({ ...by(), since });
  await wipeRedis(ctx);
  await deliverAllDue({ ctx });
  const { webhooks } = ctx.queues.byName;
  const waiting = await webhooks.getJobs(['waiting', 'prioritized']);
  expect(waiting.map(({ data }) => data as object)).toContainEqual({
    endpoint_id: receiver.endpointId,
  });
  await turn();
  await turn();
  expect((await endpoint()).replay).toBeNull();
  expect(new Set(toldIds())).toEqual(new Set(ids));
});
