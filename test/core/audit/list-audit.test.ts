import { auditCsv } from '../../../src/core/audit/audit-csv';
import { type AuditFilter, listAudit } from '../../../src/core/audit/list-audit';
import { actorsIn, listActors, nameActors, nameReason } from '../../../src/core/audit/name-actors';
import { createApiKey } from '../../../src/core/credentials/create-api-key';
import { createToken } from '../../../src/core/credentials/create-token';
import { listTokens } from '../../../src/core/credentials/list-tokens';
import { revokeApiKey } from '../../../src/core/credentials/revoke-api-key';
import { revokeToken } from '../../../src/core/credentials/revoke-token';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { inviteUser } from '../../../src/core/users/invite-user';
import { removeUser } from '../../../src/core/users/remove-user';
import { topUp } from '../../../src/core/wallet/top-up';
import { actors as words } from '../../../src/http/pages/texts/en-audit';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import type { Actor } from '../../../src/store/actor';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';
import { makeConsent } from '../consents/scene';
import { makeUser, open, who } from '../users/scene';

const PROFILE_EVERYTHING = 2;
const BYSTANDERS = 500;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const list = async (filter: AuditFilter, of = company) =>
  (await listAudit({ ctx, companyId: of.id, query: { ...filter, limit: 50 } })).entries;
const askAs = (email: string, requestId: string) =>
  revokeConsents({
    ctx,
    identifier: { kind: 'email', value: email },
    scope: { kind: 'all' },
    requestId,
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
const revokeAs = async (actor: Actor, certificate_id: string) => {
  const by = { ctx, companyId: company.id, method: 'api', caller: { actor, ip: null } } as const;
  return (await revokeByIdentifiers({ ...by, identifiers: { certificate_id } })).revocation_id!;
};

test('a reference number finds what it did to this company, and a revocation its own', async () => {
  const email = 'jo@example.com';
  const other = await makeCompany(ctx);
  const { id } = await makeCertificate(ctx, company, { email });
  const { id: theirs } = await makeCertificate(ctx, other, { email });
  const subject = { email, mobile: null, ref: null };
  const consent = await makeConsent(ctx, company.id, { subject });
  const { id: bystander } = await makeCertificate(ctx, company);
  const { reference } = await askAs(email, 'request-1');
  const found = await list({ reference: reference.toLowerCase() });
  expect(found.map(({ action }) => action).sort()).toEqual([
    'certificate.revoked',
    'consent.revoked',
  ]);
  expect(found.flatMap(({ certificates }) => certificates)).toEqual([id]);
  expect(found.flatMap(({ consents = [] }) => consents)).toEqual([consent]);
  expect((await list({ reference }, other)).map(({ certificates }) => certificates)).toEqual([
    [theirs],
  ]);
  expect(await list({ reference }, await makeCompany(ctx))).toEqual([]);
  expect(await list({ reference: 'RSC-0000-0000-0000' })).toEqual([]);
  const revocation = await revokeAs(CALLER.actor, bystander);
  expect((await list({ reference: revocation })).map(({ certificates }) => certificates)).toEqual([
    [bystander],
  ]);
  expect(await list({ reference: revocation }, other)).toEqual([]);
  expect(await list({ reference: `${revocation}.0` })).toEqual([]);
});

test('finds by method and by whoever did it, reading no more than it needs', async () => {
  const { id: userId } = await makeUser(ctx, company);
  const [first, second] = [
    await makeCertificate(ctx, company),
    await makeCertificate(ctx, company),
  ];
  await revokeAs({ type: 'user', id: userId }, first.id);
  await revokeAs(CALLER.actor, second.id);
  const { audit } = collections(ctx);
  const template = (await audit.findOne({
    certificates: second.id,
    action: 'certificate.revoked',
  }))!;
  await audit.insertMany(
    Array.from({ length: BYSTANDERS }, (_, i) => ({ ...template, _id: `copy-${String(i)}` })),
  );
  await database(ctx).command({ profile: PROFILE_EVERYTHING });
  const mine = await list({ actor: `user:${userId}` });
  expect(mine.map(({ certificates }) => certificates)).toEqual([[first.id]]);
  expect(await list({ actor: `user:${userId}`, action: 'user.removed' })).toEqual([]);
  expect(await list({ actor: 'user:usr_nobody' })).toEqual([]);
  const reference = template._id.replace(/\.0$/, '');
  expect(await list({ reference })).toHaveLength(1);
  await database(ctx).command({ profile: 0 });
  const greedy = await database(ctx)
    .collection('system.profile')
    .countDocuments({ ns: /audit_entries$/, docsExamined: { $gt: 10 } });
  expect(greedy).toBe(0);
  expect(await list({ actor: 'system:test', method: 'api' })).toHaveLength(50);
  expect(await list({ method: 'csv' })).toEqual([]);
  expect(await list({ actor: 'consumer' })).toEqual([]);
});

test('everybody has a name, also when they are gone by now, in the list as in the export', async () => {
  const admin = await makeUser(ctx, company);
  const leaver = await makeUser(ctx, company);
  const by = await who(ctx, await open(ctx, admin.email));
  const [token] = await listTokens({ ctx, companyId: company.id });
  const tokenId = token!.token_id;
  const caller = { actor: { type: 'user', id: leaver.id }, ip: null } as const;
  const [one, two] = [await makeCertificate(ctx, company), await makeCertificate(ctx, company)];
  await revokeAs({ type: 'token', id: tokenId }, one.id);
  await revokeAs({ type: 'operator', id: null }, two.id);
  await revokeToken({ ctx, companyId: company.id, tokenId, caller });
  await removeUser({ ctx, by, userId: leaver.id });
  const entries = await list({});
  const nameOf = await nameActors({ ctx, companyId: company.id, words, actors: actorsIn(entries) });
  const names = new Set(entries.map(({ actor }) => nameOf(actor)));
  expect(names).toEqual(
    new Set([admin.email, leaver.email, 'test (token)', 'Operator', 'Rescind']),
  );
  const stranger = await nameActors({
    ctx,
    companyId: (await makeCompany(ctx)).id,
    words,
    actors: [`token:${tokenId}`],
  });
  expect(stranger(`token:${tokenId}`)).toBe(`token:${tokenId}`);
  const picked = await listActors({ ctx, companyId: company.id, words });
  expect(picked.map(({ name }) => name)).toEqual(
    expect.arrayContaining([leaver.email, 'test (token)', 'Site (property)', 'Consumer']),
  );
  let csv = '';
  const gone = new AbortController().signal;
  const filter = { actor: `user:${admin.id}` };
  for await (const text of auditCsv({ ctx, companyId: company.id, filter, words, gone }))
    csv += text;
  const [header, ...lines] = csv.trim().split('\n');
  expect(header).toBe('at,action,method,actor,reason,certificates,ip,entry_id,actor_id');
  const removed = lines.find((line) => line.includes('user.removed'));
  expect(removed).toContain(`,${admin.email},${leaver.email},`);
  expect(removed).toMatch(new RegExp(`,user:${admin.id}$`));
});

test('entries say what they are about, in the export as well', async () => {
  const { companyId, caller } = { companyId: company.id, caller: CALLER };
  const by = { ctx, companyId, caller };
  const { token_id: tokenId } = await createToken({ ...by, input: { label: 'CRM' } });
  await revokeToken({ ...by, tokenId });
  const { client_key: clientKey } = await createApiKey(by);
  await revokeApiKey({ ...by, clientKey });
  await inviteUser({ ...by, input: { email: 'new@invited.example', role: 'viewer' } });
  await topUp({ ...by, amountMicrousd: 12_500_000 });
  const entries = (await list({})).slice(0, 6).reverse();
  const nameOf = await nameActors({ ctx, companyId, words, actors: actorsIn(entries) });
  const key = `${clientKey.slice(0, 15)}…${clientKey.slice(-4)} (key pair)`;
  expect(entries.map((entry) => [entry.action, nameReason(entry, nameOf)])).toEqual([
    ['token.created', 'CRM (token)'],
    ['token.revoked', 'CRM (token)'],
    ['api_key.created', key],
    ['api_key.revoked', key],
    ['user.invited', 'new@invited.example, role: viewer'],
    ['wallet.topped_up', '$12.50'],
  ]);
  // The log itself does not hold the email of somebody who may never come.
  expect(JSON.stringify(entries)).not.toContain('invited.example');
  let csv = '';
  const gone = new AbortController().signal;
  const filter = { action: 'user.invited' as const };
  for await (const text of auditCsv({ ctx, companyId, filter, words, gone })) csv += text;
  expect(csv).toContain('"new@invited.example, role: viewer"');
  const picked = await listActors({ ctx, companyId, words });
  expect(picked.map(({ name }) => name)).not.toContain('new@invited.example');
});
