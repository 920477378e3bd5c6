import { finishBulkBatch } from '../../../src/core/batches/list/finish-bulk-batch';
import { revokeInBulk } from '../../../src/core/batches/list/revoke-in-bulk';
import { revokeSetConsent } from '../../../src/core/consents/revoke-set-consent';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import type { Context } from '../../../src/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { flagRevocation } from '../../../src/core/revocations/flag-revocation';
import { recordRevocation } from '../../../src/core/revocations/record-revocation';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { manyCertificates } from '../batches/many-certificates';
import { makeConsent, makeSet } from '../consents/scene';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { openTwoContexts } from '../../helpers/context';
import { until } from '../../helpers/until';
import { crashAt } from './crash-at';
import { completedBefore, idsOf, poll, pollAll, Poller, revoke } from './feed-scene';

let ctx: Context;
let beside: { ctx: Context };
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, beside, close } = await openTwoContexts());
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

/** A context that stops in the transaction in which it gets to `at`, until it is let go. */
function slowToCommit(from: Context, at: string) {
  let arrive = (): void => undefined;
  let letGo = (): void => undefined;
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  const reach = async (step: string) => {
    if (step !== at) return;
    arrive();
    await gone;
  };
  return { ctx: { ...from, reach }, reached, letGo };
}

test.each([
  ['the first process commits last', () => [ctx, beside.ctx] as const],
  ['the second process commits last', () => [beside.ctx, ctx] as const],
])('what is committed out of order is neither skipped nor given twice: %s', async (_, both) => {
  const [late, early] = both();
  const [one = '', two = '', three = ''] = await manyCertificates(ctx, company, 3);
  const poller = new Poller(ctx, company);
  await poller.poll();
  const slow = slowToCommit(late, 'revocation.entry_written');
  const overtaken = revoke(slow.ctx, company, one);
  await slow.reached;
  const overtaking = await revoke(early, company, two);
  expect(idsOf((await poller.poll()).revocations)).toEqual([overtaking]);
  slow.letGo();
  const id = await overtaken;
  const third = await revoke(early, company, three);
  const { revocations } = await poller.poll();
  expect(idsOf(revocations)).toEqual([id, third]);
  expect(revocations[0]!.flags_committed_at < poller.given[0]!.flags_committed_at).toBe(true);
  expect(await poller.poll()).toMatchObject({ revocations: [], has_more: false });
});

test('no number is given while a lower one is not committed, whatever the two are given to', async () => {
  const [one = '', two = ''] = await manyCertificates(ctx, company, 2);
  const first = await revoke(ctx, company, one);
  await finishRevocation({ ctx, revocationId: first });
  const slow = slowToCommit(ctx, 'feed.numbering');
  const numbering = poll(slow.ctx, company);
  await slow.reached;
  const since = ctx.now();
  const second = await revoke(ctx, company, two);
  await finishRevocation({ ctx, revocationId: second });
  let tries = 0;
  let isAnswered = false;
  const counting = meetingWriters(beside.ctx, (tried) => Promise.resolve((tries = tried)));
  const other = poll(counting, company, { since }).finally(() => (isAnswered = true));
  await until('it tries again, or is answered', () => tries > 1 || isAnswered);
  expect(isAnswered).toBe(false);
  slow.letGo();
  expect(idsOf((await numbering).revocations)).toEqual([first]);
  expect(idsOf((await other).revocations)).toEqual([second]);
  expect(idsOf((await pollAll(ctx, company)).items)).toEqual([first, second]);
});

test('while two processes revoke and finish, two pollers are given all of it, once, in one order', async () => {
  const ids = await manyCertificates(ctx, company, 80);
  const finishing: Promise<unknown>[] = [];
  let open = 2;
  const revoked = new Map<string, string>();
  const write = async (by: Context, mine: string[]) => {
    for (const id of mine) {
      const revocationId = await revoke(by, company, id);
      revoked.set(revocationId, id);
      // As a worker does, at the same moment as somebody polls.
      if (revoked.size % 3 > 0) finishing.push(finishRevocation({ ctx: by, revocationId }));
    }
    open -= 1;
  };
  const follow = async (by: Context, limit: number) => {
    const poller = new Poller(by, company, limit);
    for (;;) {
      const isOver = open === 0;
      const { revocations, has_more } = await poller.poll();
      expect(revocations.length).toBeLessThanOrEqual(limit);
      // What is being finished just now may have to wait for the next poll.
      if (isOver && !has_more && poller.given.length >= ids.length) return poller.given;
    }
  };
  const [, , some, others] = await Promise.all([
    write(ctx, ids.slice(0, 40)),
    write(beside.ctx, ids.slice(40)),
    follow(ctx, 7),
    follow(beside.ctx, 200),
  ]);
  await Promise.all(finishing);
  expect(idsOf(some)).toEqual(idsOf(others));
  expect(new Map(some.map((one) => [one.revocation_id, one.certificate_ids[0]]))).toEqual(revoked);
  expect(some).toHaveLength(ids.length);
  expect(idsOf((await pollAll(ctx, company, { limit: 50 })).items)).toEqual(idsOf(some));
});

test('two who poll for the first time at once are given the same order', async () => {
  await completedBefore(ctx, company, 30);
  const [one, two] = await Promise.all([poll(ctx, company), poll(beside.ctx, company)]);
  expect(one.revocations).toHaveLength(30);
  expect(two.revocations).toEqual(one.revocations);
});

test.each(['feed.numbering', 'feed.numbered'])(
  'a poll that dies at %s is given the same when it asks again',
  async (step) => {
    await completedBefore(ctx, company, 3);
    const { cursor } = await pollAll(ctx, company, { limit: 2 });
    const id = await revoke(ctx, company, (await makeCertificate(ctx, company)).id);
    await expect(poll(crashAt(ctx, step), company, { cursor })).rejects.toThrow(step);
    expect(idsOf((await poll(beside.ctx, company, { cursor })).revocations)).toEqual([id]);
    expect(idsOf((await pollAll(ctx, company, { cursor })).items)).toEqual([id]);
  },
);

/** A context in which somebody else writes to a request each time that it is about to get a number. */
function meetingWriters(from: Context, write: (tries: number) => Promise<unknown>): Context {
  const { revocationFeeds } = from.store;
  let tries = 0;
  const listUnnumbered: typeof revocationFeeds.default.listUnnumbered = async (...asked) => {
    const found = await revocationFeeds.default.listUnnumbered(...asked);
    // After the snapshot was taken, and before the number is written.
    await write(++tries);
    return found;
  };
  const feeds = { ...revocationFeeds, default: { ...revocationFeeds.default, listUnnumbered } };
  return { ...from, store: { ...from.store, revocationFeeds: feeds } };
}

test('what a worker completes while it is being numbered is given all the same', async () => {
  const [one = '', two = ''] = await manyCertificates(ctx, company, 2);
  const ids = [await revoke(ctx, company, one), await revoke(ctx, company, two)];
  const meeting = meetingWriters(ctx, async (tries) => {
    const revocationId = ids[tries - 1];
    if (revocationId) await finishRevocation({ ctx: beside.ctx, revocationId });
  });
  expect(idsOf((await poll(meeting, company)).revocations)).toEqual(ids);
});

test('what is written to again and again holds nothing else up, and comes later', async () => {
  const [one = '', two = ''] = await manyCertificates(ctx, company, 2);
  const busy = await revoke(ctx, company, one);
  const other = await revoke(ctx, company, two);
  await finishRevocation({ ctx, revocationId: other });
  const meeting = meetingWriters(ctx, (tries) =>
    collections(ctx).revocations.updateOne({ _id: busy }, { $set: { reason: String(tries) } }),
  );
  const { revocations, next_cursor } = await poll(meeting, company);
  expect(idsOf(revocations)).toEqual([other]);
  const later = await poll(ctx, company, { cursor: next_cursor });
  expect(idsOf(later.revocations)).toEqual([busy]);
});

test('thousands from before the feed come page by page, the oldest first', async () => {
  const requests = await completedBefore(ctx, company, 2_500);
  const { items, pages, cursor } = await pollAll(ctx, company, { limit: 200 });
  expect(idsOf(items)).toEqual(requests.map(({ _id }) => _id));
  expect(pages).toBe(13);
  expect(await poll(ctx, company, { cursor })).toEqual({
    revocations: [],
    next_cursor: cursor,
    has_more: false,
  });
});

test('a page ends before it has more than 10,000 ids, and a whole request is never parted', async () => {
  await completedBefore(ctx, company, 5, { ids: 4_000 });
  const first = await poll(ctx, company);
  expect(first.revocations.map((one) => one.certificate_ids.length)).toEqual([4_000, 4_000]);
  expect(first.has_more).toBe(true);
  const { items } = await pollAll(ctx, company, { cursor: first.next_cursor });
  expect(items).toHaveLength(3);
  expect(new Set([...first.revocations, ...items].flatMap((one) => one.certificate_ids)).size).toBe(
    20_000,
  );
});

test('a list of thousands names only what it revoked, finished or not', async () => {
  const ids = await manyCertificates(ctx, company, 2_400);
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  // Written down first, and overtaken by the list.
  const slow = await recordRevocation({ ...by, part: 0, resolve: () => Promise.resolve(ids) });
  const { batch } = await revokeInBulk({ ...by, certificateIds: ids.slice(0, 2_300) });
  await finishBulkBatch({ ctx, batchId: batch._id });
  const racing = await revokeByIdentifiers({ ...by, identifiers: { certificate_id: ids[2_300]! } });
  await flagRevocation({ ctx, revocationId: slow!._id });
  const before = await pollAll(ctx, company);
  const named = (id: string) => before.items.find((one) => one.revocation_id === id);
  expect(await collections(ctx).revocations.findOne({ _id: slow!._id })).toMatchObject({
    state: 'flagged',
    certificate_ids: { length: 2_400 },
  });
  expect(named(slow!._id)?.certificate_ids.sort()).toEqual(ids.slice(2_301).sort());
  expect(named(String(racing.revocation_id))?.certificate_ids).toEqual([ids[2_300]]);
  await finishRevocation({ ctx, revocationId: slow!._id });
  expect((await pollAll(ctx, company)).items.map(sorted)).toEqual(before.items.map(sorted));
  const all = before.items.flatMap((one) => one.certificate_ids);
  expect(all.sort()).toEqual([...ids].sort());
});

const sorted = <T extends { certificate_ids: string[] }>(item: T): T => ({
  ...item,
  certificate_ids: [...item.certificate_ids].sort(),
});

test('a request that revoked nothing is not in it, one that opts out of channels says of which', async () => {
  const email = 'ann@example.com';
  const { id } = await makeCertificate(ctx, company, { email });
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const identifiers = { email };
  await revokeByIdentifiers({ ...by, identifiers: { email: 'nobody@example.com' } });
  await revokeByIdentifiers({ ...by, identifiers, channels: ['text'] });
  await revokeByIdentifiers({ ...by, identifiers, channels: ['text'] });
  await revokeByIdentifiers({ ...by, identifiers });
  await revokeByIdentifiers({ ...by, identifiers });
  const { items } = await pollAll(ctx, company);
  expect(items.map((one) => [one.channels, one.certificate_ids])).toEqual([
    [['text'], [id]],
    [['call', 'text', 'email'], [id]],
  ]);
  expect(await collections(ctx).revocations.countDocuments({ company_id: company.id })).toBe(5);
});

test('consents are in the same order as certificates, those of the US region in a feed of their own', async () => {
  const by = { ctx, companyId: company.id, caller: CALLER };
  const consentId = await makeConsent(ctx, company.id);
  const first = await revoke(ctx, company, (await makeCertificate(ctx, company)).id);
  await revokeConsent({ ...by, region: 'default', consentId });
  const last = await revoke(beside.ctx, company, (await makeCertificate(ctx, company)).id);
  const { items, cursor } = await pollAll(ctx, company, { limit: 1 });
  expect(items).toHaveLength(3);
  expect([items[0], items[2]].map((one) => one!.revocation_id)).toEqual([first, last]);
  expect(items[1]).toEqual({
    revocation_id: expect.stringMatching(/^crv_/),
    batch_id: null,
    method: 'api',
    channels: ['call', 'text', 'email'],
    certificate_ids: [],
    consent_ids: [consentId],
    revoked_at: items[1]!.flags_committed_at,
    flags_committed_at: expect.any(String),
  });
  const set = await makeSet(ctx, company.id, { region: 'us' });
  const setConsent = set.consents[0]!;
  await revokeSetConsent({
    ...by,
    region: 'us',
    setId: set.id,
    consentId: setConsent.consent_id,
  });
  expect((await poll(ctx, company, { cursor })).revocations).toEqual([]);
  const us = await poll(ctx, company, {}, 'us');
  expect(us.revocations.map((one) => one.consent_ids)).toEqual([[setConsent.consent_id]]);
  await expect(poll(ctx, company, { cursor }, 'us')).rejects.toMatchObject({
    code: 'invalid_request',
  });
});
