import { createHash } from 'node:crypto';
import type { Context } from '../../../src/context';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { openContext } from '../../helpers/context';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { crashAt } from '../revocations/crash-at';
import { by, exported, replay } from './replay-scene';

const OWN = 'own@example.com';
const EVERYWHERE = 'everywhere@example.com';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let other: TestCompany;
/** An export, and what was there as it was made. */
let text: string;
let before: unknown[];

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
  company = await makeCompany(ctx);
  other = await makeCompany(ctx);
  await optOut(OWN);
  await optOut(OWN, other);
  await revokeConsents({
    ctx,
    identifier: { kind: 'email', value: EVERYWHERE },
    scope: { kind: 'all', everywhere: true },
    requestId: 'request',
    via: 'portal',
    ip: '192.0.2.1',
    gpc: false,
  });
  text = await exported({ ctx, company });
  before = await stored();
});
// As if a backup from before were restored.
beforeEach(() => forget());
afterAll(() => close());

const optOut = (email: string, at = company) =>
  revokeByIdentifiers({ ...by({ ctx, company: at }), identifiers: { email } });

/** What is remembered by the company and by the service, and the entries of that. */
async function stored() {
  const { suppressions, audit } = collections(ctx);
  const ours = { company_id: { $in: [company.id, null] } };
  const entries = { company_id: company.id, action: 'opt_out.remembered' } as const;
  return [
    await suppressions.find(ours).sort({ _id: 1 }).toArray(),
    await audit.find(entries).sort({ _id: 1 }).toArray(),
  ];
}

async function forget() {
  await collections(ctx).suppressions.deleteMany({});
  await collections(ctx).audit.deleteMany({ action: 'opt_out.remembered' });
}

async function isBornRevoked(email: string, at = company) {
  const given_at = new Date(ctx.now().getTime() - DAY_MS);
  const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
  const { id } = await makeCertificate(ctx, at, { email, consents });
  return (await ctx.store.certificates.find(at.id, id))?.opt_out.revoke;
}

test('an export carries what the company and the service remember, and no identifier', () => {
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { version: 2 },
    { everywhere: false, method: 'api', only_remembered: { actor: { type: 'system' } } },
    { everywhere: true, revocation_id: expect.stringMatching(/^RSC-/), only_remembered: null },
    { suppressions: 2 },
  ]);
  expect(text).not.toMatch(/own@|everywhere@/);
  expect(text).not.toContain(other.id);
});

test('a replay remembers it again, with its audit, and a second one changes nothing', async () => {
  const progress = jest.fn();
  expect(await replay(ctx, text, progress)).toMatchObject({
    suppressions: 2,
    of_suppressions: { remembered: 2, already_remembered: 0 },
  });
  expect(progress).toHaveBeenLastCalledWith(2);
  expect(await stored()).toEqual(before);
  expect(await replay(ctx, text)).toMatchObject({
    of_suppressions: { remembered: 0, already_remembered: 2 },
  });
  expect(await stored()).toEqual(before);
  expect([await isBornRevoked(OWN), await isBornRevoked(OWN, other)]).toEqual([true, false]);
  expect(await isBornRevoked(EVERYWHERE, other)).toBe(true);
});

test('what is newer stays, and channels only grow', async () => {
  await optOut(OWN);
  const { suppressions } = collections(ctx);
  await suppressions.updateOne({ company_id: company.id }, { $unset: { 'channels.text': 1 } });
  const newer = await suppressions.findOne({ company_id: company.id });
  await replay(ctx, text);
  const after = await suppressions.findOne({ company_id: company.id });
  expect(after).toMatchObject({ at: newer!.at, revocation_id: newer!.revocation_id });
  expect(after!.channels.call).toEqual(newer!.channels.call);
  expect(after!.channels.text!.getTime()).toBeLessThan(newer!.at.getTime());
});

test('a replay that crashed is finished by the next, and two at once do it once', async () => {
  await expect(replay(crashAt(ctx, 'replay.remembering'), text)).rejects.toThrow('crash');
  expect(await stored()).toEqual([[], []]);
  await Promise.all([replay(ctx, text), replay(ctx, text)]);
  expect(await stored()).toEqual(before);
});

test('an export of the first version is still replayed', async () => {
  const [header] = text.split('\n');
  const older = `${header!.replace('"version":2', '"version":1')}\n`;
  const sha256 = createHash('sha256').update(older).digest('hex');
  const trailer = { end: true, revocations: 0, certificates: 0, sha256 };
  expect(await replay(ctx, `${older}${JSON.stringify(trailer)}\n`)).toMatchObject({
    suppressions: 0,
    of_suppressions: { remembered: 0, already_remembered: 0 },
  });
});

test('a line that is wrong is named, and nothing is replayed', async () => {
  const bad = text.replace(/"at":"[^"]+"/, '"at":"soon"');
  await expect(replay(ctx, bad)).rejects.toThrow('line 2: at is wrong');
  expect(await stored()).toEqual([[], []]);
});
