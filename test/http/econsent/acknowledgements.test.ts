import type { Context } from '../../../src/context';
import { acknowledgeBy } from '../../../src/core/webhooks/acknowledge-by';
import { readHealth } from '../../../src/core/health/read-health';
import { scrapeMetrics } from '../../../src/core/health/scrape-metrics';
import { overview } from '../../../src/core/activity/overview';
import { fetchEvidence } from '../../core/evidence/scene';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import type { Receiver } from '../../helpers/receiver';
import { startService, type Service } from '../../helpers/service';
import { listen, tellNow } from '../../helpers/webhooks';

let service: Service;
let ctx: Context;
let owner: TestCompany;
let party: TestCompany;
const open: Receiver[] = [];

beforeAll(async () => {
  service = await startService();
  ({ ctx } = service);
});
beforeEach(async () => {
  party = await makeCompany(ctx);
  owner = await makeCompany(ctx, {
    settings: {
      third_party_verification_enabled: true,
      authorized_third_parties: [party.id],
    },
  });
});
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});
afterAll(() => service.close());

async function listening(company: TestCompany) {
  const receiver = await listen(ctx, company, ['certificate.revoked']);
  open.push(receiver);
  return receiver;
}
/** A certificate that the third party has checked, revoked. */
async function revoked(): Promise<{ id: string; revocationId: string }> {
  const { id } = await makeCertificate(ctx, owner);
  const asked = { certificate_id: id, consent: CONSENT, originator_company_id: owner.id };
  const check = await service.post('/verify/match', { ...party.ids, ...asked });
  expect(check.status).toBe(200);
  const { body } = await service.post(`/certificates/${id}/revoke`, {}, { token: owner.token });
  return { id, revocationId: body.revocation_id as string };
}
const deliveriesOf = (revocationId: string, { token } = owner) =>
  service.get(`/revocations/${revocationId}/deliveries`, { token });

test('names the owner and the third party that were told, and when each said so', async () => {
  const mine = await listening(owner);
  const theirs = await listening(party);
  const { id, revocationId } = await revoked();
  await tellNow(ctx);

  const { body } = await deliveriesOf(revocationId);
  expect(body.deliveries).toHaveLength(2);
  for (const [party_, receiver, company] of [
    ['owner', mine, owner],
    ['third_party', theirs, party],
  ] as const) {
    const [told] = receiver.received;
    expect(told?.event.data.certificate_ids).toEqual([id]);
    expect(body.deliveries).toContainEqual({
      event_id: told!.id,
      company_id: company.id,
      party: party_,
      count: 1,
      revoked_at: told!.event.data.revoked_at,
      acknowledged_at: expect.any(String),
      acknowledge_by: acknowledgeBy(new Date(told!.event.timestamp)).toISOString(),
      overdue: false,
    });
  }
  const files = await fetchEvidence(service, id, owner.token);
  expect(JSON.parse(files.get('told.json')!.toString())).toEqual(body.deliveries);
  expect(files.get('index.html')!.toString()).toContain('Who was told of the withdrawal');
});

test('whoever has not answered after ten business days is overdue, wherever that is shown', async () => {
  const theirs = await listening(party);
  theirs.answer = (response) => response.writeHead(503).end();
  const { revocationId } = await revoked();
  await tellNow(ctx);
  const shown = async () => {
    const { body } = await deliveriesOf(revocationId);
    const { text } = await scrapeMetrics({ ctx });
    const { concerns } = await readHealth({ ctx, history: false });
    return {
      api: body.deliveries.map((one: { overdue: boolean }) => one.overdue),
      overview: (await overview({ ctx, companyId: owner.id, days: 30 })).webhooksOverdue,
      metric: /^rescind_webhooks_overdue (\d+)$/m.exec(text)?.[1],
      health: concerns.filter(({ what }) => what === 'webhooksOverdue').length,
    };
  };
  expect(await shown()).toEqual({ api: [false], overview: 0, metric: '0', health: 0 });

  const told = { revocation_id: revocationId };
  const past = { $set: { acknowledge_by: new Date(ctx.now().getTime() - 1) } };
  await collections(ctx).webhookEvents.updateMany({ ...told, company_id: party.id }, past);
  expect(await shown()).toEqual({ api: [true], overview: 1, metric: '1', health: 1 });

  // Who has no endpoint any more cannot answer.
  await ctx.store.webhookEndpoints.change(party.id, theirs.endpointId, { enabled: false });
  expect(await shown()).toMatchObject({ api: [false], overview: 0, metric: '0' });
  await ctx.store.webhookEndpoints.change(party.id, theirs.endpointId, { enabled: true });

  theirs.answer = null;
  const [waiting] = (await ctx.store.webhookDeliveries.list(party.id, {}, { limit: 5 })).items;
  await ctx.store.webhookDeliveries.sendAgain([{ _id: waiting!._id, next_at: ctx.now() }]);
  await tellNow(ctx);
  expect(await shown()).toEqual({ api: [false], overview: 0, metric: '0', health: 0 });
});

test('is for the company that was asked, with a token of the scope', async () => {
  const { revocationId } = await revoked();
  expect((await deliveriesOf(revocationId, party)).status).toBe(404);
  expect((await deliveriesOf(revocationId)).body).toEqual({ deliveries: [] });
  expect((await service.get(`/revocations/${revocationId}/deliveries`)).status).toBe(401);
});
