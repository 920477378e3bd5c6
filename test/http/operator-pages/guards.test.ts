import { createToken } from '../../../src/core/credentials/create-token';
import { addProperty } from '../../../src/core/credentials/add-property';
import { createApiKey } from '../../../src/core/credentials/create-api-key';
import { holdRef } from '../../../src/core/legal-holds/legal-hold-subject';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { failJob, recordRevocation } from '../../core/health/scene';
import { wipeRedis } from '../../workers/wipe';
import { insertBatch } from './insert-batch';
import { look, operatorBasic, PAGES } from './operator-browser';
import { submit } from '../portal/forms';
import { walletOf } from '../../helpers/wallet';

const EVIL = `"'><img src=x onerror=alert(1)><script>alert(1)</script>`;
const AS_TEXT = '&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;';

let service: Service;
let company: TestCompany;
let path: string;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: 0, settings: { name: EVIL } });
  path = `/companies/${company.id}`;
});
afterEach(() => wipeRedis(service.ctx));
afterAll(() => service.close());

/** The page shows it this many times, each time as text. */
function expectHarmless(html: string, times: number): void {
  expect(html).not.toMatch(/<img src=x|<script>/);
  expect(html.split(AS_TEXT).length - 1).toBe(times);
}

describe('what companies, people and jobs fill in is text', () => {
  const by = () => ({ ctx: service.ctx, companyId: company.id, caller: CALLER });

  test('on a company’s page, in the search for it and in its dialogs', async () => {
    const { property_ref } = await addProperty({ ...by(), input: { name: EVIL, domain: EVIL } });
    await createApiKey({ ...by(), input: { label: EVIL } });
    const { token_id } = await createToken({ ...by(), input: { label: EVIL } });
    await placeLegalHold({ ...by(), input: { user_id: EVIL, reason: EVIL } });
    const hold = { user_id: EVIL };
    // Of each tab: title and heading; then its own.
    expectHarmless((await look(service, path)).html, 2);
    expectHarmless((await look(service, `${path}/settings`)).html, 3);
    expectHarmless((await look(service, `${path}/properties`)).html, 5);
    // Token and key pair, and the button of each.
    expectHarmless((await look(service, `${path}/credentials`)).html, 6);
    expectHarmless((await look(service, `${path}/holds`)).html, 5);
    const ref = holdRef({ ctx: service.ctx, companyId: company.id, subject: hold });
    // The company, the person and the reason.
    expectHarmless((await look(service, `${path}/holds/${ref}/lift`)).html, 3);
    expectHarmless((await look(service, `${path}/tokens/${token_id}/revoke`)).html, 2);
    expectHarmless((await look(service, `${path}/properties/${property_ref}/revoke`)).html, 2);
    const search = encodeURIComponent(EVIL);
    expectHarmless((await look(service, `/companies?search=${search}`)).html, 2);
  });

  test('in the lists of jobs and batches', async () => {
    const { queues, config } = service.ctx;
    const jobId = await failJob(service.ctx, 'opt-outs', EVIL, {});
    const key = `${config.redisPrefix}:opt-outs:${jobId}`;
    expect(await queues.redis.hset(key, 'failedReason', EVIL)).toBe(0);
    // Kind (2: in its button, too) and error.
    expectHarmless((await look(service, '/jobs')).html, 3);
    await insertBatch(service, company, EVIL, { error: EVIL, file_name: EVIL });
    // Its id (as a hint), its file and its error.
    expectHarmless((await look(service, '/batches')).html, 3);
  });

  test('in forms that keep what was typed, and in URLs', async () => {
    const send = (to: string, form: Record<string, string>) =>
      submit(service, PAGES + path + to, form, operatorBasic(service));
    expectHarmless((await send('/top-ups', { amount_usd: EVIL })).html, 3);
    const subject = `${EVIL}${'x'.repeat(200)}`;
    expectHarmless((await send('/holds/find', { scope: 'user', subject })).html, 3);
    expectHarmless((await send('/holds/find', { scope: 'certificate', subject: EVIL })).html, 4);
    const property = { property_name: EVIL, property_domain: EVIL, property_id: EVIL };
    expectHarmless((await send('/properties', property)).html, 5);
    expectHarmless((await send('/api-keys', { key_label: EVIL, key_expires: EVIL })).html, 4);
    expectHarmless((await send('/tokens', { token_label: EVIL, token_expires: EVIL })).html, 4);
    expectHarmless((await send('/people', { email: EVIL, role: EVIL })).html, 3);
    expectHarmless((await send('/settings', { name: EVIL, low: EVIL })).html, 4);
    const evil = encodeURIComponent(EVIL);
    for (const at of [`/jobs?notice=${evil}`, `/jobs?lang=${evil}`, `/queues/${evil}`]) {
      expectHarmless((await look(service, at)).html, 0);
    }
    expect((await look(service, '/jobs?notice=constructor')).html).not.toContain('class="notice');
  });
});

describe('a change is accepted from our own pages only', () => {
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ];

  test.each(foreign)('not with %j', async (headers) => {
    const { ctx } = service;
    const [token] = await ctx.store.credentials.listTokens(company.id);
    const [property] = await ctx.store.credentials.listProperties(company.id);
    const { client_key } = await createApiKey({ ctx, companyId: company.id, caller: CALLER });
    const hold = { user_id: 'user-1', reason: 'Case 7' };
    await placeLegalHold({ ctx, companyId: company.id, caller: CALLER, input: hold });
    const ref = holdRef({ ctx, companyId: company.id, subject: { user_id: 'user-1' } });
    const { _id } = await recordRevocation(ctx, company.id);
    const jobId = await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
    await insertBatch(service, company, `bat-${company.id}`, {});
    await ctx.queues.byName.mail.pause();
    const before = await ctx.store.audit.list(company.id, {}, { limit: 50 });
    const forms: [string, Record<string, string>][] = [
      [`${path}/top-ups`, { amount_usd: '5.00' }],
      [`${path}/tokens/${token!._id}/revoke`, {}],
      [`${path}/properties`, { property_name: 'New', property_domain: 'example.com' }],
      [`${path}/properties/${property!._id}/revoke`, {}],
      [`${path}/api-keys`, {}],
      [`${path}/api-keys/${client_key}/revoke`, {}],
      ['/companies', { name: 'New' }],
      [`${path}/settings`, { name: 'Other' }],
      [`${path}/retention`, { action: 'delete', confirmed: '1' }],
      [`${path}/people`, { email: 'new@example.com', role: 'admin' }],
      [`${path}/tokens`, { token_label: 'New', scopes: 'audit' }],
      [`${path}/holds/find`, { scope: 'user', subject: 'user-1' }],
      [`${path}/holds`, { found: 'x', reason: 'Case 8' }],
      [`${path}/holds/${ref}/lift`, {}],
      [`/jobs/opt-outs/${jobId}/retry`, {}],
      [`/batches/bat-${company.id}/resume`, {}],
      [`/batches/bat-${company.id}/cancel`, {}],
      ['/queues/mail/resume', {}],
    ];
    for (const [to, form] of forms) {
      const page = await submit(service, PAGES + to, form, {
        ...operatorBasic(service),
        ...headers,
      });
      expect([to, page.status, page.heading]).toEqual([to, 403, 'Sent from another site']);
    }
    expect(await ctx.store.audit.list(company.id, {}, { limit: 50 })).toEqual(before);
    expect((await walletOf(ctx, company.id))?.balance_microusd).toBe(0);
    expect(await ctx.queues.byName['opt-outs'].getFailedCount()).toBe(1);
    expect(await ctx.queues.byName.mail.isPaused()).toBe(true);
    await ctx.queues.byName.mail.resume();
    expect(await ctx.store.batches.find(`bat-${company.id}`)).toMatchObject({ state: 'failed' });
  });
});
