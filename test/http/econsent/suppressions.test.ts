import { createHash } from 'node:crypto';
import type { Context } from '../../../src/context';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { listSuppressions } from '../../../src/core/suppressions/list-suppressions';
import { newSuppressions, rememberOptOut } from '../../../src/core/suppressions/remember-opt-out';
import { digestsOf } from '../../../src/core/identifiers/digests';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

const EMAIL = 'jo@example.com';
const MOBILE = '+14155550100';

let service: Service;
let ctx: Context;
let company: TestCompany;
let other: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
  ({ ctx } = service);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
  other = await makeCompany(ctx);
});
afterAll(() => service.close());

const list = (query: Record<string, string> = {}, { token } = company) =>
  service.get(`/suppressions?${new URLSearchParams(query).toString()}`, { token });

async function optOut(named: { email?: string; mobile?: string }, { id, token } = company) {
  const { status, body } = await service.post('/opt-out', { company_id: id, ...named }, { token });
  expect(status).toBe(200);
  return body;
}

const sha256 = (text: string, encoding: 'hex' | 'base64') =>
  createHash('sha256').update(text).digest(encoding);

test('tells how an opt-out is remembered, by every way to name the person', async () => {
  await optOut({ email: EMAIL });
  await optOut({ mobile: MOBILE });
  const { status, body } = await list({ email: ' JO@example.com' });
  const [item] = body.suppressions;
  expect([status, body]).toEqual([
    200,
    {
      suppressions: [
        {
          channels: ['call', 'text', 'email'],
          at: expect.any(String),
          method: 'api',
          revocation_id: expect.stringMatching(/^rev_/),
        },
      ],
      next_cursor: null,
    },
  ]);
  for (const email_sha256 of [sha256(EMAIL, 'hex'), sha256(EMAIL, 'base64')]) {
    expect((await list({ email_sha256 })).body.suppressions).toEqual([item]);
  }
  const byMobile = await list({ mobile: '(415) 555-0100' });
  const byHash = await list({ mobile_sha256: sha256(MOBILE, 'hex') });
  expect(byMobile.body.suppressions).toHaveLength(1);
  expect(byHash.body).toEqual(byMobile.body);
  // An email is no mobile.
  expect((await list({ mobile_sha256: sha256(EMAIL, 'hex') })).body.suppressions).toEqual([]);
});

test('a newer opt-out shows, an older one does not', async () => {
  await optOut({ email: EMAIL });
  const before = (await list({ email: EMAIL })).body.suppressions;
  await optOut({ email: EMAIL });
  const after = (await list({ email: EMAIL })).body.suppressions;
  expect(after).toHaveLength(1);
  expect(after[0].at > before[0].at).toBe(true);
  expect(after[0].revocation_id).not.toBe(before[0].revocation_id);
});

test('what was remembered under several keys is one item', async () => {
  await optOut({ email: EMAIL });
  const older = (await list({ email: EMAIL })).body.suppressions[0];
  const keys = ['a-newer-identifier-key-0123456789ab', ...ctx.config.identifierKeys] as const;
  const rotated = { ...ctx, identifiers: new IdentifierHasher([...keys]) };
  const digests = digestsOf({ email: EMAIL, mobile: null });
  const at = new Date(Date.parse(older.at) + 1);
  const request = { _id: 'rev_new', method: 'csv', requested_at: at } as const;
  const only = { ...request, channels: ['call' as const] };
  await ctx.store.transaction((session) =>
    rememberOptOut({ ctx: rotated, session, companyId: company.id, digests, request: only }),
  );
  // The service has the older key only.
  expect((await list({ email: EMAIL })).body.suppressions).toEqual([older]);
  const query = { email: EMAIL, limit: 10 };
  expect(await listSuppressions({ ctx: rotated, companyId: company.id, query })).toEqual({
    suppressions: [
      { channels: older.channels, at: at.toISOString(), method: 'csv', revocation_id: 'rev_new' },
    ],
    next_cursor: null,
  });
});

test('a stranger has an empty list, whatever is remembered for others or the whole service', async () => {
  const nobody = await list({ email: 'nobody@example.com' });
  await optOut({ email: EMAIL }, other);
  await revokeConsents({
    ctx,
    identifier: { kind: 'email', value: EMAIL },
    scope: { kind: 'all', everywhere: true },
    requestId: `request-${company.id}`,
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
  const find = jest.spyOn(ctx.store.suppressions, 'find');
  const stranger = await list({ email: EMAIL });
  expect([stranger.status, stranger.body]).toEqual([nobody.status, nobody.body]);
  expect(stranger.body).toEqual({ suppressions: [], next_cursor: null });
  // Nothing of the service's is read, so that no time can tell.
  expect(find.mock.calls.flatMap(([ids]) => ids).every((id) => id.startsWith(company.id))).toBe(
    true,
  );
  find.mockRestore();
  expect((await list()).body.suppressions).toEqual([]);
});

test('lists all of the company’s own, page by page, and nobody’s identifier', async () => {
  const people = Array.from({ length: 5 }, (_, i) => `person-${String(i)}@example.com`);
  const request = { method: 'csv', requested_at: ctx.now() } as const;
  const all = people.flatMap((email, i) =>
    newSuppressions({
      ctx,
      companyId: i < 4 ? company.id : other.id,
      digests: digestsOf({ email, mobile: null }),
      request: { ...request, _id: `rev_${String(i)}` },
    }),
  );
  await ctx.store.transaction((session) => ctx.store.suppressions.remember(all, session));
  const seen: { revocation_id: string }[] = [];
  const answers: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body, status } = await list({ limit: '3', ...(cursor && { cursor }) });
    expect(status).toBe(200);
    seen.push(...body.suppressions);
    answers.push(JSON.stringify(body));
    cursor = body.next_cursor;
  }
  expect(answers).toHaveLength(2);
  expect(seen.map(({ revocation_id }) => revocation_id).sort()).toEqual([
    'rev_0',
    'rev_1',
    'rev_2',
    'rev_3',
  ]);
  for (const { _id } of all) expect(answers.join()).not.toContain(_id.split(':')[1]!.slice(0, 10));
});

test.each([
  [{ email: 'nonsense' }, 'email'],
  [{ email: ' ' }, 'email'],
  [{ mobile: '12' }, 'mobile'],
  [{ email_sha256: 'abc' }, 'email_sha256'],
  [{ email_sha256: sha256('', 'hex') }, 'email_sha256'],
  [{ mobile_sha256: MOBILE }, 'mobile_sha256'],
  [{ email: EMAIL, mobile: MOBILE }, 'mobile'],
  [{ mobile: MOBILE, email_sha256: sha256(EMAIL, 'hex') }, 'email_sha256'],
  [{ email: EMAIL, cursor: 'x' }, 'cursor'],
  [{ cursor: 'x' }, 'cursor'],
  [{ limit: '0' }, 'limit'],
  [{ phone: MOBILE }, 'phone'],
])('%j is refused, naming %s', async (query, field) => {
  const { status, body } = await list(query);
  expect([status, body.details[0].path]).toEqual([400, field]);
});

test('what is wrong with a hash is told in the same words as by a contact check', async () => {
  const wrong: Record<string, string>[] = [
    { email_sha256: EMAIL },
    { mobile_sha256: MOBILE },
    { email_sha256: sha256('', 'base64') },
    { mobile_sha256: 'abc' },
  ];
  for (const given of wrong) {
    const listed = await list(given);
    const checked = await service.post('/contact/check', given, { token: company.token });
    expect(listed.body.details[0].message).toMatch(/SHA-256/);
    expect([listed.status, listed.body]).toEqual([checked.status, checked.body]);
  }
});

test('a cursor of another company shows nothing of it', async () => {
  await optOut({ email: EMAIL }, other);
  await optOut({ mobile: MOBILE }, other);
  const { body } = await list({ limit: '1' }, other);
  const stolen = await list({ cursor: body.next_cursor });
  expect(stolen.status).toBe(400);
});
