import { createHash } from 'node:crypto';
import { sweepDue } from '../../../src/core/cleanup/sweep-due';
import { updateCompany } from '../../../src/core/companies/update-company';
import { revokeUserConsents } from '../../../src/core/consents/revoke-user-consents';
import type { Context } from '../../../src/context';
import { makeSet } from '../consents/scene';
import { collections, database } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import type { Service } from '../../helpers/service';
import { TERMS } from '../../http/attestr/scene';
import { restore } from './dump';
import { exported, replay } from './replay-scene';
import {
  type ConsentScene,
  expectConsentsRevoked,
  makeCaller,
  makeConsentScene,
  register,
  startPriced,
} from './replay-consents-scene';

let service: Service;
let ctx: Context;
let scene: ConsentScene;
let text: string;

beforeAll(async () => {
  service = await startPriced();
  ({ ctx } = service);
});
afterAll(() => service.close());
beforeEach(async () => {
  scene = await makeConsentScene(service);
  text = await exported(scene);
  await restore(ctx, scene.backup);
});

test('neither region gets anything of the other', async () => {
  await replay(ctx, text);
  for (const [region, other] of [
    ['default', 'us'],
    ['us', 'default'],
  ] as const) {
    for (const set of Object.values(scene.sets[other])) {
      const path = `/consentSet/${set.consentSetId}`;
      expect((await scene.baanx(region, 'GET', path)).status).toBe(404);
      const ids = { $in: set.consents.map(({ consentId }) => consentId) };
      const { consents, consentRevocations, audit } = collections(ctx, region);
      expect(await consents.countDocuments({ consent_id: ids })).toBe(0);
      expect(await consentRevocations.countDocuments({ consent_ids: ids })).toBe(0);
      expect(await audit.countDocuments({ consents: ids })).toBe(0);
    }
  }
});

test('a user whose set was lost is still known to have revoked', async () => {
  const user = '/user/young';
  expect((await scene.baanx('us', 'GET', user)).status).toBe(404);
  await replay(ctx, text);
  const { young } = scene.sets.us;
  const { body } = await scene.baanx('us', 'GET', user);
  expect(body).toMatchObject({ userId: 'young', status: 'incomplete' });
  expect(body.consentSets).toEqual([
    expect.objectContaining({
      consentSetId: young.consentSetId,
      consents: [expect.objectContaining({ ...young.consents[1], consentStatus: 'revoked' })],
    }),
  ]);
  const history = (await scene.baanx('us', 'GET', `${user}/audit`)).body.entries;
  expect(history).toEqual([expect.objectContaining({ action: 'consent.revoked' })]);
  const options = { body: { all: true } };
  const all = await scene.baanx('us', 'POST', `${user}/revocations`, options);
  expect([all.status, all.body.revoked]).toEqual([200, 0]);
});

test('a lost consent becomes a tombstone: revoked, without terms, with its proof', async () => {
  await replay(ctx, text);
  const path = `/consent/${scene.young}`;
  const { body } = await scene.attestr('GET', path);
  expect(body).toMatchObject({ status: 'revoked', data: 'removed', subject: {}, text: '' });
  const { events } = (await scene.attestr('GET', `${path}/audit`)).body as { events: object[] };
  expect(events).toEqual([
    expect.objectContaining({ action: 'consent.revoked', at: body.revoked_at, reason: 'asked' }),
  ]);
  const collection = collections(ctx).consents;
  const record = await collection.findOne({ consent_id: scene.young });
  expect(record?.email_hash).toBe(ctx.identifiers.ofPerson('email', 'ann@example.com'));
});

test('the next sweep finds what a policy cleans up after a revocation', async () => {
  const companyId = scene.company.id;
  const retention = { action: 'delete' as const, after_days: 0 };
  await updateCompany({ ctx, companyId, caller: CALLER, input: { retention } });
  await replay(ctx, text);
  await sweepDue({ ctx, signal: new AbortController().signal, now: new Date() });
  const cleanups = await collections(ctx).cleanups.find({ company_id: companyId }).toArray();
  expect(cleanups.map(({ subject, subject_ids }) => [subject, subject_ids])).toEqual([
    ['consents', [scene.old]],
  ]);
});

const linesOf = (file: string) => file.trimEnd().split('\n');
/** With a trailer whose checksum matches; `change` may alter the rest of the trailer. */
function sealed(lines: string[], change: (trailer: object) => object = (trailer) => trailer) {
  const body = `${lines.slice(0, -1).join('\n')}\n`;
  const sha256 = createHash('sha256').update(body).digest('hex');
  const trailer = change(JSON.parse(lines.at(-1)!) as object);
  return `${body}${JSON.stringify({ ...trailer, sha256 })}\n`;
}
/** Nothing was replayed. */
async function expectUntouched(): Promise<void> {
  expect((await scene.attestr('GET', `/consent/${scene.old}`)).body.status).toBe('active');
  expect((await scene.baanx('us', 'GET', '/user/all')).body.status).toBe('complete');
}

test('an export has no persons and no texts of consents, and one company only', async () => {
  const other = await makeCaller(service);
  const theirs = await register(other);
  await other.attestr('POST', `/consent/${theirs}/revoke`);
  expect(text).toContain(scene.old);
  const { email, mobile, ref } = TERMS.subject;
  const subject = [email, email.toLowerCase(), mobile, '4155550100', ref];
  for (const hidden of [...subject, TERMS.text, ...TERMS.purposes, theirs]) {
    expect(text).not.toContain(hidden);
    expect(await exported(scene)).not.toContain(hidden);
  }
});

test('an older export, without consents, can be replayed', async () => {
  const [header, trailer] = linesOf(await exported(await makeCaller(service)));
  const older = sealed([header!, trailer!], (given) => {
    expect(given).toMatchObject({ consent_revocations: 0, consents: 0 });
    const {
      consent_revocations: _requests,
      consents: _consents,
      ...rest
    } = given as Record<string, unknown>;
    return rest;
  });
  expect(await replay(ctx, older)).toMatchObject({ revocations: 0, consent_revocations: 0 });
});

test.each<[string, () => string, RegExp]>([
  ['lacks a line', () => sealed(linesOf(text).toSpliced(3, 1)), /: the counts do not fit/],
  ['was changed', () => text.replace('"reason":"asked"', '"reason":"other"'), /: the checksum/],
  [
    'names an unknown region',
    () => sealed(linesOf(text).map((line) => line.replace('"region":"us"', '"region":"eu"'))),
    /: region is wrong/,
  ],
])('a file that %s is refused, and nothing is replayed', async (_, make, message) => {
  await expect(replay(ctx, make())).rejects.toThrow(message);
  await expectUntouched();
});

test.each([
  ['consent', 'consents', () => ({ consent_id: scene.old })],
  ['request', 'consent_revocations', () => ({})],
] as const)("a file that names another company's %s is refused", async (_, name, which) => {
  const stored = database(ctx).collection(name);
  if (name === 'consent_revocations') await replay(ctx, text);
  await stored.updateMany(which(), { $set: { company_id: 'comp-other' } });
  const before = await collections(ctx).consents.countDocuments();
  await expect(replay(ctx, text)).rejects.toThrow(/^line \d+: another company has what it names/);
  expect(await collections(ctx).consents.countDocuments()).toBe(before);
});

test('more consents than fit in a transaction go in groups', async () => {
  const types = Array.from({ length: 350 }, (_, i) => `type${String(i)}`);
  const SETS = 3;
  for (let i = 0; i < SETS; i++) {
    await makeSet(ctx, scene.company.id, { region: 'us', userId: 'many', types });
  }
  const by = { ctx, region: 'us', companyId: scene.company.id, caller: CALLER } as const;
  await revokeUserConsents({ ...by, userId: 'many', which: {} });
  const many = await exported(scene);
  await restore(ctx, scene.backup);
  const transactions: string[] = [];
  const counting = {
    ...ctx,
    reach: (step: string) => Promise.resolve(void transactions.push(step)),
  };
  expect((await replay(counting, many)).of_consents.tombstones).toBe(SETS * 350);
  // Requests of 500, 500 and 50: two of them would be too many for one.
  expect(transactions).toEqual(Array.from({ length: 3 }, () => 'replay.consents_revoked'));
  const { audit } = collections(ctx, 'us');
  const entries = await audit
    .find({ company_id: by.companyId, action: 'consent.revoked' })
    .toArray();
  expect(entries.map(({ consents }) => consents?.length).sort()).toEqual([50, 500, 500]);
  await replay(ctx, text);
  await expectConsentsRevoked(scene);
});
