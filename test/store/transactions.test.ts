import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import { exportRevocations } from '../../src/core/backup/export-revocations';
import { runCsvBatch } from '../../src/core/batches/run-csv-batch';
import { finishBulkBatch } from '../../src/core/batches/list/finish-bulk-batch';
import { updateCompany } from '../../src/core/companies/update-company';
import { finishConsentRevocations } from '../../src/core/consents/finish-consent-revocations';
import { makeLink } from '../../src/core/portal/one-click';
import { settleRetention } from '../../src/core/retention/settle-retention';
import { finishRevocation } from '../../src/core/revocations/finish-revocation';
import { addUser } from '../../src/core/users/add-user';
import { changePassword } from '../../src/core/users/change-password';
import type { Context } from '../../src/context';
import type { RegionStore } from '../../src/store/regions';
import { aged, sweepAndClean, YEAR } from '../core/cleanup/scene';
import { makeConsent, makeSet } from '../core/consents/scene';
import { replay } from '../core/backup/replay-scene';
import { enter, who } from '../core/users/scene';
import { type KeyedCompany, makeKeyedCompany } from '../http/key-pair';
import { collections } from '../helpers/collections';
import { commandsOf, watched } from '../helpers/commands';
import { CALLER, CONSENT, makeCertificate } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';

const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'bulkWrite'];
const READS = ['find', 'aggregate', 'count', 'distinct'];
/** The read concerns that show only what a majority has. */
const COMMITTED = ['majority', 'snapshot', 'linearizable'];

let service: Service;
let ctx: Context;
let company: KeyedCompany;

const working = new AsyncLocalStorage<true>();
const isInTransaction = () => working.getStore() === true;

/** Lets commands know that the work of a transaction sends them. */
function marked(transaction: RegionStore['transaction']): RegionStore['transaction'] {
  return (work) => transaction((session) => working.run(true, () => work(session)));
}

beforeAll(async () => {
  service = await startService(watched(testConfig()));
  ({ ctx } = service);
  for (const store of [ctx.store, ctx.store.regions.default, ctx.store.regions.us]) {
    store.transaction = marked(store.transaction);
  }
  ctx.store.snapshot = marked(ctx.store.snapshot);
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeKeyedCompany(ctx);
});

const by = () => ({ ctx, companyId: company.id, caller: CALLER });
const post = (path: string, body: object) =>
  service.post(path, body, {
    token: company.token,
    headers: { 'idempotency-key': randomBytes(8).toString('hex') },
  });
const { signal } = new AbortController();

async function finishAll(): Promise<void> {
  const { batches, revocations, consentRevocations } = collections(ctx);
  const mine = { company_id: company.id };
  for (const { _id: batchId, method } of await batches.find(mine).toArray()) {
    if (method === 'bulk') await finishBulkBatch({ ctx, batchId });
    else await runCsvBatch({ ctx, batchId, signal, rowsAtATime: 3 });
  }
  for (const { _id } of await revocations.find(mine).toArray()) {
    await finishRevocation({ ctx, revocationId: _id });
  }
  for (const { _id } of await consentRevocations.find(mine).toArray()) {
    await finishConsentRevocations({ ctx, region: 'default', revocationIds: [_id] });
  }
}

async function upload(rows: string[], more: Record<string, string>): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  form.set('file', new Blob([`email\n${rows.join('\n')}\n`]), 'list.csv');
  const headers = { authorization: `Bearer ${company.token}` };
  const url = `${service.url}/revocations/csv`;
  const reply = await fetch(url, { method: 'POST', headers, body: form });
  expect(reply.status).toBe(202);
  return ((await reply.json()) as { batch_id: string }).batch_id;
}

/** Everything that happens in a transaction, by who wants it. */
const FLOWS: Record<string, () => Promise<unknown>> = {
  'an operator': async () => {
    const { operatorToken: token } = ctx.config;
    const at = `/operator/companies/${company.id}`;
    const ask = async (method: string, path: string, body?: object) => {
      const headers = { 'idempotency-key': randomBytes(8).toString('hex') };
      const reply = await service.call(method, at + path, { token, body, headers });
      expect(reply.status).toBeLessThan(300);
      return reply.body as Record<string, string>;
    };
    await ask('POST', '/wallet/top-ups', { amount_usd: '5.00' });
    const made = await ask('POST', '/tokens', { label: 'CRM' });
    await ask('DELETE', `/tokens/${String(made.token_id)}`);
    await ask('POST', '/properties', { name: 'Site', domain: 'example.com' });
    await ask('PUT', '/legal-hold', { all: true, reason: 'Case 17' });
    await ask('DELETE', '/legal-hold', { all: true });
    await ask('POST', '/users/invitations', { email: 'cy@example.com', role: 'viewer' });
  },
  'a company that checks and keeps': async () => {
    const { id, sessionId } = await makeCertificate(ctx, company, { events: { clicks: 1 } });
    await post('/verify/match', { certificate_id: id, consent: CONSENT });
    await post('/verify/partial-match', { certificate_id: id, term: 'agree' });
    await post(`/verify/session/${company.id}`, { session_id: sessionId });
    const [kept] = await collections(ctx).retentions.find({ company_id: company.id }).toArray();
    expect(await settleRetention({ ctx, retentionId: kept!._id })).toBe('done');
  },
  'revocations one by one, in bulk and by consumers': async () => {
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push((await makeCertificate(ctx, company)).id);
    await makeCertificate(ctx, company, { email: 'jo@example.com' });
    await post(`/certificates/${ids[0]!}/revoke`, {});
    await post('/revocations/bulk', { certificate_ids: [...ids.slice(0, 3), ids[1], 'EC-none'] });
    await post('/opt-out', { company_id: company.id, email: 'jo@example.com' });
    const person = { kind: 'email', value: 'ann@example.com' } as const;
    await makeCertificate(ctx, company, { email: person.value });
    await makeConsent(ctx, company.id);
    const link = makeLink({ ctx, companyId: company.id, identifier: person });
    const clicked = await fetch(`${service.url}/opt-out/one-click/${link}`, {
      method: 'POST',
      body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
    });
    expect(clicked.status).toBe(200);
    await finishAll();
  },
  'a file, first as a dry run': async () => {
    const emails = Array.from({ length: 7 }, (_, i) => `p${String(i)}@example.com`);
    for (const email of emails) await makeCertificate(ctx, company, { email });
    const rows = [...emails, 'who@example.com', emails[0]!, 'no email', emails[5]!];
    const batchId = await upload(rows, { dry_run: 'true' });
    await finishAll();
    expect((await post(`/revocations/batches/${batchId}/commit`, {})).status).toBe(202);
    await finishAll();
    const batch = await ctx.store.batches.find(batchId);
    expect(batch).toMatchObject({ state: 'completed', revoked: 7, duplicate: 2, invalid: 1 });
    const cancelled = await upload(rows, { dry_run: 'true' });
    expect((await post(`/revocations/batches/${cancelled}/cancel`, {})).status).toBe(200);
    await finishAll();
  },
  'consents of both other dialects': async () => {
    const call = async (method: string, path: string, body: object, headers: object) => {
      const reply = await service.call(method, path, { body, headers: { ...headers } });
      expect(reply.status).toBeLessThan(300);
      return reply.body as Record<string, string>;
    };
    const { attestr, baanx } = company;
    const at = '/api/v3/public/consent';
    const terms = { subject: { email: 'ann@example.com' }, purposes: ['kyc'], text: CONSENT };
    const made = await call('POST', at, terms, attestr);
    await call('PATCH', `${at}/${String(made._id)}`, { purposes: ['kyc', 'credit'] }, attestr);
    await call('POST', `${at}/${String(made._id)}/revoke`, { reason: 'By phone' }, attestr);
    await makeSet(ctx, company.id, { region: 'us' });
    await makeSet(ctx, company.id);
    await call('POST', '/v2/consent/user/user-1/revocations', { all: true }, baanx);
    const us = { ...baanx, 'x-us-env': 'true' };
    await call('POST', '/v2/consent/user/user-1/revocations', { all: true }, us);
    await finishAll();
  },
  'a user of the dashboard': async () => {
    const password = 'correct horse battery staple';
    const email = `bo@${company.id}.example`;
    await addUser({ ...by(), input: { email, password, role: 'admin' } });
    const { secret } = await enter(ctx, { email, password });
    const next = 'another horse that is correct';
    await changePassword({ ctx, by: await who(ctx, secret), current: password, next });
  },
  'a clean-up that archives': async () => {
    const scene = { ctx, company };
    const retention = { action: 'archive', ...YEAR } as const;
    await updateCompany({ ...by(), input: { retention } });
    const { id } = await aged(scene, 400, { email: 'jo@example.com' });
    await post(`/certificates/${id}/revoke`, {});
    await finishAll();
    await aged(scene, 400, { email: 'ann@example.com' });
    await sweepAndClean(scene);
  },
  'a backup that is replayed': async () => {
    const { id } = await makeCertificate(ctx, company);
    await post(`/certificates/${id}/revoke`, {});
    let text = '';
    for await (const line of exportRevocations({ ctx, companyId: company.id })) text += line;
    await replay(ctx, text);
  },
};

const short = (command: mongo.Document) => JSON.stringify(command).slice(0, 200);
const isOneOf = (names: string[]) => (command: mongo.Document) =>
  names.some((name) => name in command);
const isData = (command: mongo.Document) => command.$db !== 'admin';

test.each(Object.entries(FLOWS))(
  '%s: what the work of a transaction writes is a part of it',
  async (_, flow) => {
    const sent = (await commandsOf(flow, isInTransaction)).filter(isOneOf(WRITES));
    expect(sent.length).toBeGreaterThan(0);
    const loose = sent.filter(
      ({ lsid, txnNumber, autocommit }) => !lsid || !txnNumber || autocommit !== false,
    );
    expect(loose.map(short)).toEqual([]);
  },
);

test.each(Object.entries(FLOWS))(
  '%s: transactions read one snapshot and commit on a majority, and so does the rest',
  async (_, flow) => {
    const sent = (await commandsOf(flow)).filter(isData);
    const durable = { w: 'majority', j: true };
    const begun = sent.filter(({ startTransaction }) => startTransaction === true);
    expect(begun.length).toBeGreaterThan(0);
    for (const command of begun) {
      expect([short(command), command.readConcern.level]).toEqual([short(command), 'snapshot']);
    }
    const single = sent.filter(({ autocommit }) => autocommit !== false);
    for (const command of single.filter(isOneOf(WRITES))) {
      expect([short(command), command.writeConcern]).toEqual([short(command), durable]);
    }
    for (const command of single.filter(isOneOf(READS))) {
      const level = command.readConcern?.level as string | undefined;
      expect([short(command), COMMITTED]).toEqual([
        short(command),
        expect.arrayContaining([level]),
      ]);
      expect(command.$readPreference ?? { mode: 'primary' }).toEqual({ mode: 'primary' });
    }
  },
);

test('the end of a transaction is acknowledged by a majority, too', async () => {
  const { id } = await makeCertificate(ctx, company);
  const sent = await commandsOf(() =>
    post('/verify/match', { certificate_id: id, consent: CONSENT }),
  );
  const commits = sent.filter(({ commitTransaction }) => commitTransaction === 1);
  expect(commits.length).toBeGreaterThan(0);
  for (const { writeConcern } of commits) {
    expect(writeConcern).toMatchObject({ w: 'majority', j: true });
  }
});
