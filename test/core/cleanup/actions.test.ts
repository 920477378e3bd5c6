import type { Context } from '../../../src/context';
import { removedId } from '../../../src/core/identifiers/removed-ids';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { CALLER, CONSENT, type TestCompany } from '../../helpers/company';
import {
  aged,
  asRemoved,
  certificateOf,
  cleanupsOf,
  hasRecording,
  named,
  remains,
  revoke,
  setPolicy,
  sweep,
  sweepAndClean,
  theCleanup,
  withCompanies,
  YEAR,
} from './scene';

const PERSON = {
  email: 'Jo@Example.com',
  mobile: '(415) 555-0100',
  origin: 'https://user:pw@example.com:8443/signup?email=jo@example.com#top',
};

let ctx: Context;
let company: TestCompany;
const scene = () => ({ ctx, company });

withCompanies((opened) => ({ ctx, company } = opened));

function optOut(email: string) {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  return revokeByIdentifiers({ ...by, identifiers: { email } });
}

test('under a policy of keep nothing is ever touched', async () => {
  const { id } = await aged(scene(), 10_000, PERSON);
  await sweep(scene());
  expect(await cleanupsOf(scene())).toEqual([]);
  expect(await remains(scene(), id)).toBe('full, recording');
});

test('anonymise removes the person and the recording, and keeps the consent', async () => {
  await setPolicy(scene(), { action: 'anonymise', ...YEAR });
  const { id } = await aged(scene(), 400, PERSON);
  const before = await certificateOf(scene(), id);
  await sweepAndClean(scene());
  const after = await certificateOf(scene(), id);
  const cleanup = await theCleanup(scene());
  expect(after).toEqual({
    ...before,
    email: null,
    email_search: null,
    mobile: null,
    origin: 'https://example.com:8443',
    data: 'anonymised',
    cleanup_id: cleanup._id,
    cleaned_at: expect.any(Date) as Date,
    recording_cleaned_at: expect.any(Date) as Date,
  });
  expect(after.consents[0]?.text).toBe(CONSENT);
  expect(await hasRecording(scene(), id)).toBe(false);
  expect(cleanup).toMatchObject({
    state: 'done',
    steps: {
      recording: { state: 'done', cleaned: 1 },
      certificate: { state: 'done', cleaned: 1 },
      indexes: { state: 'not_needed' },
      archive: { state: 'not_needed' },
      uploads: { state: 'not_needed' },
    },
  });
  expect(await optOut(' jo@example.COM')).toMatchObject({ revoked: 1, certificates: [id] });
});

test('delete leaves a tombstone; only a revoked one can still be found by person', async () => {
  await setPolicy(scene(), { action: 'delete', ...YEAR });
  const [kept, gone] = [await aged(scene(), 400, PERSON), await aged(scene(), 400, PERSON)];
  await revoke(scene(), kept.id);
  const before = [await certificateOf(scene(), kept.id), await certificateOf(scene(), gone.id)];
  await sweepAndClean(scene());
  const { _id: cleanup_id } = await theCleanup(scene());
  const cleaned = {
    session_id: expect.stringMatching(/^removed_/) as string,
    email: null,
    email_search: null,
    mobile: null,
    origin: '',
    consents: [],
    data: 'removed',
    cleanup_id,
    cleaned_at: expect.any(Date) as Date,
    recording_cleaned_at: expect.any(Date) as Date,
    ledger_salt: undefined,
  };
  expect(await certificateOf(scene(), kept.id)).toEqual({
    ...before[0],
    ...cleaned,
    _id: removedId({ ctx, id: kept.id }),
  });
  expect(await certificateOf(scene(), gone.id)).toEqual({
    ...before[1],
    ...cleaned,
    _id: removedId({ ctx, id: gone.id }),
    email_hash: null,
    mobile_hash: null,
  });
  expect(await hasRecording(scene(), gone.id)).toBe(false);
  expect(await optOut(PERSON.email)).toMatchObject({ revoked: 0 });
});

test('the audit names what has gone once, by the system, and nothing of what it was', async () => {
  await setPolicy(scene(), { action: 'delete', ...YEAR });
  const ids = [(await aged(scene(), 400, PERSON)).id, (await aged(scene(), 500, PERSON)).id];
  const recording = await aged(scene(), 100, PERSON);
  await sweepAndClean(scene());
  const removed = asRemoved(scene(), ids);
  expect(await named(scene(), 'certificate.cleaned')).toEqual(removed);
  expect(await named(scene(), 'recording.cleaned')).toEqual([recording.id, ...removed]);
  const { items } = await ctx.store.audit.list(company.id, {}, { limit: 100 });
  const cleaned = items.filter(({ action }) => action.endsWith('.cleaned'));
  expect(new Set(cleaned.map(({ reason }) => reason))).toEqual(
    new Set([
      'retention policy: delete, certificate_days 365',
      'retention policy: delete, session_days 90',
    ]),
  );
  for (const entry of cleaned) expect(entry.actor).toEqual({ type: 'system', id: null });
  expect(JSON.stringify(cleaned)).not.toMatch(/example\.com|4155550100|agree/);
});

test('a recording can be removed before its certificate', async () => {
  await setPolicy(scene(), { action: 'anonymise', ...YEAR });
  const { id } = await aged(scene(), 100, PERSON);
  await sweepAndClean(scene());
  expect(await remains(scene(), id)).toBe('full');
  expect(await theCleanup(scene())).toMatchObject({
    subject: 'recordings',
    steps: { recording: { state: 'done', cleaned: 1 }, certificate: { state: 'not_needed' } },
  });
  await setPolicy(scene(), { certificate_days: 50 });
  await sweepAndClean(scene());
  expect(await remains(scene(), id)).toBe('anonymised');
  expect(await named(scene(), 'recording.cleaned')).toEqual([id]);
});

test('an anonymised certificate is removed once the policy says delete', async () => {
  await setPolicy(scene(), { action: 'anonymise', ...YEAR });
  const { id } = await aged(scene(), 400, PERSON);
  await sweepAndClean(scene());
  await setPolicy(scene(), { action: 'delete' });
  await sweepAndClean(scene());
  expect(await certificateOf(scene(), id)).toMatchObject({ data: 'removed', email_hash: null });
  expect(await named(scene(), 'certificate.cleaned')).toEqual(asRemoved(scene(), [id, id]));
});

test('an origin that is not the URL of a website is dropped', async () => {
  await setPolicy(scene(), { action: 'anonymise', ...YEAR });
  const odd = await aged(scene(), 400, { ...PERSON, origin: 'call with jo@example.com' });
  const app = await aged(scene(), 400, { ...PERSON, origin: 'app:jo@example.com' });
  await sweepAndClean(scene());
  expect((await certificateOf(scene(), odd.id)).origin).toBe('');
  expect((await certificateOf(scene(), app.id)).origin).toBe('');
});
