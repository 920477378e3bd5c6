import type { Context } from '../../../src/context';
import { getCertificate } from '../../../src/core/certificates/get-certificate';
import { deliverDue } from '../../../src/core/webhooks/deliver-due';
import { fanOutEvents } from '../../../src/core/webhooks/fan-out-events';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { database } from '../../helpers/collections';
import { openContext } from '../../helpers/context';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import type { Receiver } from '../../helpers/receiver';
import { testConfig } from '../../helpers/settings';
import { listen, tellNow } from '../../helpers/webhooks';
import { wipeRedis } from '../../workers/wipe';
import { crashAt } from '../revocations/crash-at';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let receiver: Receiver & { endpointId: string };

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  receiver = await listen(ctx, company);
});
afterEach(async () => {
  await receiver.close();
  await wipeRedis(ctx);
});
afterAll(() => close());

async function revoked(): Promise<{ id: string; revocationId: string }> {
  const { id } = await makeCertificate(ctx, company);
  const { revocation_id } = await revokeByIdentifiers({
    ctx,
    companyId: company.id,
    identifiers: { certificate_id: id },
    method: 'api',
    caller: CALLER,
  });
  return { id, revocationId: revocation_id! };
}
const deliveries = async () =>
  (await ctx.store.webhookDeliveries.list(company.id, {}, { limit: 50 })).items;
const deliver = (of = ctx) =>
  deliverDue({
    ctx: of,
    endpointId: receiver.endpointId,
    signal: new AbortController().signal,
  });

test('a revocation is told with ids, method and time, signed and numbered', async () => {
  const { id, revocationId } = await revoked();
  await tellNow(ctx);

  expect(receiver.received.map(({ event }) => event)).toEqual([
    {
      type: 'certificate.created',
      timestamp: expect.any(String),
      sequence: 1,
      data: { certificate_id: id, created_timestamp: expect.any(String), revoked: false },
    },
    {
      type: 'certificate.revoked',
      timestamp: expect.any(String),
      sequence: 2,
      data: {
        revocation_id: revocationId,
        batch_id: null,
        method: 'api',
        channels: ['call', 'text', 'email'],
        revoked_at: (await getCertificate({ ctx, companyId: company.id, certificateId: id }))
          .opt_out.revoked_at,
        certificate_ids: [id],
      },
    },
  ]);
  expect(await deliveries()).toMatchObject([
    { state: 'delivered', tries: 1, attempts: [{ status: 204, failure: null }] },
    { state: 'delivered' },
  ]);
});

test('what fails is sent again later, the same bytes under the same id', async () => {
  receiver.answer = (response) => response.writeHead(500).end('not now');
  const { webhookEndpoints, webhookDeliveries } = ctx.store;
  await revoked();
  await tellNow(ctx);
  expect(await deliver()).toBe('done');

  const [failed] = await deliveries();
  expect(failed).toMatchObject({
    state: 'waiting',
    tries: 1,
    attempts: [{ status: 500, failure: 'status', answer: 'not now' }],
  });
  const pauseMs = failed!.next_at.getTime() - failed!.attempts[0]!.at.getTime();
  expect(pauseMs).toBeGreaterThanOrEqual(5_000);
  expect((await webhookEndpoints.find(receiver.endpointId))?.failing_since).not.toBeNull();

  receiver.answer = null;
  await webhookDeliveries.sendAgain(
    (await deliveries()).map(({ _id }) => ({ _id, next_at: ctx.now() })),
  );
  await deliver();
  const [first, second, third, fourth] = receiver.received;
  expect([third!.body, fourth!.body].sort()).toEqual([first!.body, second!.body].sort());
  expect([third!.id, fourth!.id].sort()).toEqual([first!.id, second!.id].sort());
  expect((await webhookEndpoints.find(receiver.endpointId))?.failing_since).toBeNull();
});

test('no more than four are under way to an endpoint', async () => {
  const held: (() => void)[] = [];
  receiver.answer = (response) => {
    held.push(() => response.writeHead(200).end());
    // The fifth can only come once one of them is answered.
    if (held.length === 4) for (const answer of held.splice(0)) answer();
  };
  for (let i = 0; i < 4; i += 1) await revoked();
  await tellNow(ctx);
  expect(receiver.received).toHaveLength(8);
  expect(receiver.mostAtOnce).toBe(4);
});

test('410 disables an endpoint at once, and tells the others', async () => {
  const other = await listen(ctx, company, ['endpoint.disabled']);
  receiver.answer = (response) => response.writeHead(410).end();
  await revoked();
  await tellNow(ctx);
  await tellNow(ctx);

  expect(await ctx.store.webhookEndpoints.find(receiver.endpointId)).toMatchObject({
    enabled: false,
    disabled_reason: 'gone',
  });
  expect(other.received.map(({ event }) => event)).toMatchObject([
    { type: 'endpoint.disabled', data: { endpoint_id: receiver.endpointId, reason: 'gone' } },
  ]);
  expect((await deliveries()).some(({ state }) => state === 'waiting')).toBe(false);
  await other.close();
});

test.each([
  'webhooks.third_parties_told',
  'webhooks.deliveries_made',
  'webhooks.fanned_out',
  'webhooks.numbered',
  'webhooks.sent',
  'webhooks.acknowledged',
])(
  'a worker that dies at %s leaves nothing untold, and nothing told as another event',
  async (step) => {
    const { id } = await revoked();
    const crashing = crashAt(ctx, step);
    await expect(tellNow(crashing)).rejects.toThrow('crash');
    await tellNow(ctx);
    // What was sent and not written down is sent again.
    await tellNow(ctx);

    const types = new Map(receiver.received.map(({ id: event, event: { type } }) => [event, type]));
    expect([...types.values()].sort()).toEqual(['certificate.created', 'certificate.revoked']);
    const told = receiver.received.find(({ event }) => event.type === 'certificate.revoked');
    expect(told?.event.data.certificate_ids).toEqual([id]);
    const numbers = new Map(receiver.received.map(({ id: one, event }) => [one, event.sequence]));
    expect([...numbers.values()].sort()).toEqual([1, 2]);
    expect(await deliveries()).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
  },
);

test('fanned out by two workers at once, an event is told once', async () => {
  await revoked();
  const ids = await ctx.store.webhookEvents.findPending(new Date('2100-01-01'), ctx.now(), 10);
  await Promise.all([1, 2, 3].map(() => fanOutEvents({ ctx, region: 'default', ids })));
  await Promise.all([deliver(), deliver()]);
  expect(receiver.received).toHaveLength(2);
});

test('looking for what is due reads one key for each endpoint, however much waits', async () => {
  const now = ctx.now();
  const copies = Array.from({ length: 2_000 }, (_, i) => ({
    _id: `dlv_${String(i)}`,
    endpoint_id: `we_${String(i % 4)}`,
    state: 'waiting' as const,
    next_at: new Date(now.getTime() + (i % 4 === 0 ? 1e9 : -1e3)),
  }));
  const db = database(ctx);
  await db.collection('webhook_deliveries').insertMany(copies as never[]);
  await db.command({ profile: 2 });
  const due = await ctx.store.webhookDeliveries.dueEndpoints(now);
  await db.command({ profile: 0 });
  expect(due.sort()).toEqual(['we_1', 'we_2', 'we_3']);
  const profile = db.collection('system.profile');
  const [read] = await profile.find({ 'command.aggregate': 'webhook_deliveries' }).toArray();
  expect(read).toMatchObject({ docsExamined: 0 });
  expect(read!.keysExamined).toBeLessThan(20);
  await db.collection('webhook_deliveries').deleteMany({ _id: /^dlv_\d+$/ as never });
});
