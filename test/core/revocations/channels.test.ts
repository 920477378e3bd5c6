import type { Context } from '../../../src/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { getRevocation } from '../../../src/core/revocations/get-revocation';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { MINUTE_MS } from '../../../src/lib/durations';
import type { Channel } from '../../../src/store/certificates';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import { crashAt } from './crash-at';

let ctx: Context;
let close: () => Promise<void>;
/** Another process with the same database. */
let beside: { ctx: Context };
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, beside, close } = await openTwoContexts());
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

const EMAIL = 'jo@example.com';

function optOut(channels?: Channel[], more: { ctx?: Context; reason?: string } = {}) {
  const who = { companyId: company.id, identifiers: { email: EMAIL }, caller: CALLER };
  return revokeByIdentifiers({ ctx, ...who, method: 'api', channels, ...more });
}

async function make() {
  const { id } = await makeCertificate(ctx, company, { email: EMAIL });
  return id;
}

async function flags(id: string) {
  const found = await ctx.store.certificates.find(company.id, id);
  return found!.opt_out;
}

/** What the audit says of revocations, oldest first. */
async function entries() {
  const { items } = await ctx.store.audit.list(company.id, {}, { limit: 100 });
  return items
    .filter(({ action }) => action.endsWith('revoked'))
    .map(({ _id, action, certificates }) => ({ id: _id.split('.')[0], action, certificates }))
    .reverse();
}

async function finishAll() {
  for (const { _id } of await collections(ctx)
    .revocations.find({ company_id: company.id })
    .toArray())
    await finishRevocation({ ctx, revocationId: _id });
}

test.each<{ steps: Channel[][] }>([
  { steps: [['call'], ['text'], ['email']] },
  {
    steps: [
      ['email', 'text'],
      ['text', 'call'],
    ],
  },
])('channels add up, in any order, until the certificate is revoked: $steps', async ({ steps }) => {
  const id = await make();
  const asked: string[] = [];
  for (const channels of steps) {
    expect((await flags(id)).revoke).toBe(false);
    const result = await optOut(channels, { reason: '$because' });
    expect(result).toMatchObject({ revoked: 1, certificates: [id] });
    asked.push(result.revocation_id!);
    // Said again, it changes nothing.
    expect(await optOut(channels)).toMatchObject({ revoked: 0, revocation_id: null });
  }
  const last = asked.at(-1)!;
  const { requests, ...rest } = await flags(id);
  expect(rest).toEqual({
    revoke: true,
    revoked_at: expect.any(Date) as Date,
    method: 'api',
    reason: '$because',
    revocation_id: last,
    channels: ['call', 'text', 'email'],
  });
  expect(requests?.map(({ revocation_id }) => revocation_id)).toEqual(asked.slice(0, -1));
  expect(await entries()).toEqual(
    asked.map((request) => {
      const action = request === last ? 'certificate.revoked' : 'certificate.channels_revoked';
      return { id: request, action, certificates: [id] };
    }),
  );
  for (const reference of asked) {
    const view = await getRevocation({ ctx, companyId: company.id, reference });
    expect(view).toMatchObject({ certificates_count: 1, certificates: [id] });
  }
});

test('requests for different channels in two processes at once lose nothing', async () => {
  const ids = [await make(), await make(), await make()].sort();
  const others: Channel[] = ['call', 'text', 'email'];
  const results = await Promise.all(
    [...others, ...others].map((channel, i) =>
      optOut([channel], { ctx: i % 2 === 0 ? ctx : beside.ctx }),
    ),
  );
  expect(results.reduce((sum, { revoked }) => sum + revoked, 0)).toBe(9);
  for (const id of ids) {
    const { revoke, channels, requests, revocation_id } = await flags(id);
    expect({ revoke, channels }).toEqual({ revoke: true, channels: others });
    const by = [...requests!.map((request) => request.revocation_id), revocation_id];
    expect(new Set(by).size).toBe(3);
    const named = (await entries()).filter(({ certificates }) => certificates.includes(id));
    expect(named.map((entry) => entry.id).sort()).toEqual(by.sort());
  }
});

test.each(['revocation.recorded', 'revocation.chunk_flagged', 'revocation.flagged'])(
  'a crash at %s leaves nothing half done',
  async (step) => {
    const id = await make();
    await optOut(['call']);
    await expect(optOut(['text', 'call'], { ctx: crashAt(ctx, step) })).rejects.toThrow('crash');
    await finishAll();
    await finishAll();
    const { revoke, channels, requests } = await flags(id);
    expect({ revoke, channels }).toEqual({ revoke: false, channels: ['call', 'text'] });
    expect(requests).toHaveLength(2);
    expect((await entries()).map((entry) => entry.id)).toEqual(
      requests!.map((request) => request.revocation_id),
    );
    // The one that revokes it, crashed as well.
    await expect(optOut(['email'], { ctx: crashAt(ctx, step) })).rejects.toThrow('crash');
    await finishAll();
    expect(await flags(id)).toMatchObject({ revoke: true, requests });
    expect(await entries()).toHaveLength(3);
  },
);

test.each(['revocation.recorded', 'revocation.entry_written', 'revocation.flagged'])(
  'one request that revokes some and not others says so of each in one entry, after a crash at %s',
  async (step) => {
    const revoked = await make();
    await optOut(['call', 'text']);
    const open = await make();
    // Not born without: its consent is newer.
    await expect(optOut(['email'], { ctx: crashAt(ctx, step) })).rejects.toThrow('crash');
    await finishAll();
    const expected = [
      ['certificate.channels_revoked', revoked],
      ['certificate.channels_revoked', open],
      ['certificate.revoked', revoked],
    ];
    const named = async () =>
      (await entries()).map(({ action, certificates }) => [action, ...certificates]);
    expect((await named()).sort()).toEqual(expected.sort());
    // Written again as they were, if all are lost.
    await collections(ctx).audit.deleteMany({ company_id: company.id });
    const now = new Date(ctx.now().getTime() + 2 * MINUTE_MS);
    const { signal } = new AbortController();
    expect(await proveAudit({ ctx, signal, now })).toBe('repaired');
    expect(await proveAudit({ ctx, signal, now })).toBe('done');
    expect((await named()).sort()).toEqual(expected.sort());
  },
);

test('an opt-out of everything afterwards revokes; the first keeps what it changed', async () => {
  const id = await make();
  const first = await optOut(['text']);
  const all = await optOut();
  expect(all).toMatchObject({ revoked: 1, certificates: [id] });
  expect(await flags(id)).toMatchObject({
    revoke: true,
    revocation_id: all.revocation_id,
    channels: ['text'],
    requests: [{ revocation_id: first.revocation_id, channels: ['text'] }],
  });
  expect(await optOut(['email'])).toMatchObject({ revoked: 0 });
  await finishAll();
  const actions = (await entries()).map(({ action }) => action);
  expect(actions).toEqual(['certificate.channels_revoked', 'certificate.revoked']);
  // An entry that is missing is missed, and written again as it was.
  const before = await entries();
  await collections(ctx).audit.deleteOne({ _id: `${first.revocation_id!}.0` });
  const now = new Date(ctx.now().getTime() + 2 * MINUTE_MS);
  const signal = new AbortController().signal;
  expect(await proveAudit({ ctx, signal, now })).toBe('repaired');
  expect(await entries()).toEqual(before);
});

test('all three channels are everything, none are refused', async () => {
  const id = await make();
  await expect(optOut([])).rejects.toMatchObject({ extra: { details: [{ path: 'channels' }] } });
  await optOut(['email', 'text', 'call']);
  const { revoke, channels } = await flags(id);
  expect({ revoke, channels }).toEqual({ revoke: true, channels: undefined });
  expect((await entries()).map(({ action }) => action)).toEqual(['certificate.revoked']);
});

test('what is born without some channels is revoked by the others', async () => {
  await optOut(['email']);
  const consents = [{ type: 'tcpa', text: CONSENT, given_at: new Date(0) }];
  const { id } = await makeCertificate(ctx, company, { email: EMAIL, consents });
  expect(await flags(id)).toMatchObject({
    revoke: false,
    channels: ['email'],
    requests: [{ method: 'standing', channels: ['email'] }],
  });
  expect(await optOut(['email'])).toMatchObject({ revoked: 0 });
  expect(await optOut(['call', 'text'])).toMatchObject({ revoked: 1, certificates: [id] });
  expect(await flags(id)).toMatchObject({ revoke: true, method: 'api' });
  await finishAll();
  const now = new Date(ctx.now().getTime() + 2 * MINUTE_MS);
  expect(await proveAudit({ ctx, signal: new AbortController().signal, now })).toBe('done');
});
