import { makeEvidence } from '../../../src/core/evidence/make-evidence';
import { sweepEvidence } from '../../../src/core/cleanup/remove-evidence';
import { createToken } from '../../../src/core/credentials/create-token';
import { COUNTER, emptyLane, pageAfter } from '../../../src/core/wallet/lanes';
import { DAY_MS } from '../../../src/lib/durations';
import type { PageLine } from '../../../src/store/ledger-pages';
import { collections, database } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { type Service, startService } from '../../helpers/service';
import { aged, never, setPolicy, sweepAndClean, YEAR } from '../cleanup/scene';
import { crashAt } from '../revocations/crash-at';
import { ask, check, fetchEvidence, makeAll, receiptsIn, verifyAll } from './scene';

const EVENTS = { clicks: [{ at: 1, on: 'submit' }] };
const PERSON = { email: 'jo@example.com', mobile: '+14155550100' };

let service: Service;
let company: TestCompany;
let id: string;
const ctx = () => service.ctx;
const stored = () => collections(ctx()).evidence.find({ company_id: company.id }).toArray();
const onlyOne = async (): Promise<string> => {
  const found = await stored();
  expect(found).toHaveLength(1);
  return found[0]!._id;
};
const chunks = (fileId: unknown) =>
  database(ctx()).collection('evidence.chunks').countDocuments({ files_id: fileId });

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  await collections(ctx()).evidence.deleteMany();
  company = await makeCompany(ctx());
  ({ id } = await makeCertificate(ctx(), company, { ...PERSON, events: EVENTS }));
});

const revoke = () =>
  service.post(`/certificates/${id}/revoke`, { reason: 'By letter' }, { token: company.token });

test('holds what is known of a certificate, and receipts that its own verifier finds good', async () => {
  expect(await check(service, company, id)).toBe(200);
  expect(await check(service, company, id)).toBe(200);
  await growLogNow(ctx());
  expect((await revoke()).status).toBe(200);
  const files = await fetchEvidence(service, id, company.token);
  const text = (name: string) => files.get(name)?.toString() ?? '';
  expect(JSON.parse(text('certificate.json'))).toMatchObject({
    certificate_id: id,
    ...PERSON,
    opt_out: { revoke: true, reason: 'By letter' },
  });
  expect(JSON.parse(text('consents.json'))).toEqual([expect.objectContaining({ text: CONSENT })]);
  expect(JSON.parse(text('recording.json'))).toMatchObject({ events: EVENTS });
  expect(receiptsIn(files)).toEqual([
    'receipts/01-registration.json',
    'receipts/02-revocation.json',
    expect.stringMatching(/^receipts\/checks\/\d{4}-\d\d\/check-000001\.json$/),
    expect.stringMatching(/check-000002\.json$/),
  ]);
  const said = await verifyAll(files);
  expect(said[0]).toMatch(/^good: certificate\.created, /);
  expect(said[1]).toMatch(/^good: certificate\.revoked, /);
  expect(said[2]).toMatch(/^good: ledger\.page, .*check_match valid EC-/);
  expect(said.every((line) => line.includes(id))).toBe(true);
  expect(text('checks.csv').trim().split('\n')).toEqual([
    'at,kind,answer,asked_by,ip,receipt',
    ...receiptsIn(files)
      .slice(2)
      .map((name) => expect.stringMatching(`,check_match,valid,property:.*,${name}$`) as string),
  ]);
  const page = text('index.html');
  for (const word of [id, 'Consent was withdrawn on', CONSENT, 'By letter', 'receipts/02-rev']) {
    expect(page).toContain(word);
  }
  expect(page).not.toMatch(/<script|https?:\/\/(?!example\.com)/);
  expect(text('evidence.pdf')).toMatch(/^%PDF-/);
  const audit = await service.get('/audit?action=evidence.downloaded', { token: company.token });
  expect(audit.body.entries).toEqual([
    expect.objectContaining({
      certificates: [id],
      actor: expect.stringMatching(/^token:/) as string,
    }),
  ]);
});

test('of a certificate that was never checked it says so, and runs nothing that is in it', async () => {
  const text = '<img src=x onerror=alert(1)> 同意する';
  const consents = [{ type: 'terms', text }];
  ({ id } = await makeCertificate(ctx(), company, { consents }));
  const files = await fetchEvidence(service, id, company.token);
  expect(receiptsIn(files)).toEqual(['receipts/01-registration.json']);
  const page = files.get('index.html')!.toString();
  expect(page).toContain('No check was found.');
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt; 同意する');
  expect(page).not.toContain('<img');
  expect(files.get('checks.csv')!.toString()).toBe('at,kind,answer,asked_by,ip,receipt\n');
});

test('has each of 2,500 checks, those of counted and of uncounted days', async () => {
  const { certificates, ledgerPages } = collections(ctx());
  const born = new Date(Date.now() - 900 * DAY_MS);
  await certificates.updateOne({ _id: id }, { $set: { created_at: born } });
  const ref = (await certificates.findOne({ _id: id }))!.ledger_ref!;
  const line = (refs: string[]): PageLine => ({
    kind: 'check_match',
    amount_microusd: -15_000,
    ...CALLER,
    certificate_refs: refs,
    answers: 'v'.repeat(refs.length),
  });
  const pages = Array.from({ length: 125 }, (_, i) => {
    const at = new Date(born.getTime() + (i + 1) * 7 * DAY_MS);
    const lines = [line(Array.from({ length: 20 }, () => ref)), line(['crt_another'])];
    const head = { ...emptyLane(COUNTER), sequence: 100 + i };
    return { ...pageAfter(head, company.id, { lines }, at), leaf: -1 };
  });
  await ledgerPages.insertMany(pages);
  const files = await fetchEvidence(service, id, company.token);
  const receipts = receiptsIn(files).slice(1);
  expect([receipts.length, new Set(receipts).size]).toEqual([2_500, 2_500]);
  const lines = files.get('checks.csv')!.toString().trim().split('\n').slice(1);
  const times = lines.map((one) => one.split(',')[0]!);
  expect(times).toEqual([...times].sort().reverse());
  expect(new Set(times).size).toBe(125);
  const some = [0, 19, 20, 1_337, 2_499].map((i) => receipts[i]!);
  for (const said of await verifyAll(files, some)) expect(said).toMatch(/^good: /);
  expect(files.get('index.html')!.toString()).toContain('The newest 200 of 2,500');
});

test('is made once for many who ask at once', async () => {
  const asked = await Promise.all(Array.from({ length: 8 }, () => ask(service, id, company.token)));
  expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 202));
  expect(await stored()).toHaveLength(1);
  await growLogNow(ctx());
  const evidenceId = await onlyOne();
  const tries = [1, 2].map(() => makeEvidence({ ctx: ctx(), evidenceId, signal: never }));
  expect((await Promise.all(tries)).filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect((await verifyAll((await ask(service, id, company.token)).files)).length).toBe(1);
});

test.each(['evidence.begun', 'evidence.finishing', 'evidence.made'])(
  'a crash at %s leaves nothing half done',
  async (step) => {
    await ask(service, id, company.token);
    await growLogNow(ctx());
    const evidenceId = await onlyOne();
    const dying = crashAt(ctx(), step);
    await expect(makeEvidence({ ctx: dying, evidenceId, signal: never })).rejects.toThrow(step);
    const { status } = await ask(service, id, company.token);
    expect(status).toBe(step === 'evidence.made' ? 200 : 202);
    const outcome = step === 'evidence.made' ? [] : ['done'];
    expect(await makeAll(ctx())).toEqual(outcome);
    const { files } = await ask(service, id, company.token);
    expect(await verifyAll(files)).toEqual([expect.stringMatching(/^good: /)]);
    expect(await chunks(evidenceId)).toBe(1);
  },
);

test('is made anew after a revocation, and after a check once it is a minute old', async () => {
  const evidence = () => collections(ctx()).evidence;
  const before = await fetchEvidence(service, id, company.token);
  expect(before.get('index.html')!.toString()).toContain('No withdrawal had been recorded');
  expect(await check(service, company, id)).toBe(200);
  expect((await ask(service, id, company.token)).status).toBe(200);
  const minutesAgo = new Date(Date.now() - 120_000);
  await evidence().updateOne({ certificate_id: id }, { $set: { made_at: minutesAgo } });
  const checked = await fetchEvidence(service, id, company.token);
  expect(receiptsIn(checked)).toHaveLength(2);
  // Without anything new it stays.
  const latest = { certificate_id: id, latest: true } as const;
  await evidence().updateOne(latest, { $set: { made_at: minutesAgo } });
  expect((await ask(service, id, company.token)).status).toBe(200);
  await revoke();
  const revoked = await fetchEvidence(service, id, company.token);
  expect(receiptsIn(revoked)).toContain('receipts/02-revocation.json');
  // Whoever reads the former ones may finish.
  const states = (await stored()).map(({ state, latest: is = false }) => [state, is]);
  expect(states).toEqual([
    ['given_up', false],
    ['given_up', false],
    ['made', true],
  ]);
});

test('what is recorded after the log has stopped is left out, and said', async () => {
  const { logHeads } = collections(ctx());
  await growLogNow(ctx());
  await logHeads.updateMany({}, { $set: { stopped_reason: 'a test' } });
  try {
    expect(await check(service, company, id)).toBe(200);
    await ask(service, id, company.token);
    await makeEvidence({ ctx: ctx(), evidenceId: await onlyOne(), signal: never });
  } finally {
    await logHeads.updateMany({}, { $set: { stopped_reason: null } });
  }
  const { files } = await ask(service, id, company.token);
  expect(receiptsIn(files)).toEqual(['receipts/01-registration.json']);
  expect(files.get('index.html')!.toString()).toContain('1, of which 0 have a receipt');
});

test('goes after a day', async () => {
  await fetchEvidence(service, id, company.token);
  const fileId = await onlyOne();
  const at = (ms: number) =>
    sweepEvidence({ ctx: ctx(), now: new Date(Date.now() + ms), signal: never });
  await at(DAY_MS - 60_000);
  expect(await stored()).toMatchObject([{ state: 'made' }]);
  await at(DAY_MS + 60_000);
  expect(await stored()).toMatchObject([{ state: 'given_up' }]);
  expect(await chunks(fileId)).toBeGreaterThan(0);
  await at(DAY_MS + 60 * 60_000);
  expect([await stored(), await chunks(fileId)]).toEqual([[], 0]);
  expect((await ask(service, id, company.token)).status).toBe(202);
});

test('goes with its certificate, made or asked for, and cannot be asked for afterwards', async () => {
  const scene = { ctx: ctx(), company };
  const [made, pending] = [await aged(scene, 400), await aged(scene, 400)];
  await fetchEvidence(service, made.id, company.token);
  await collections(ctx()).evidence.updateOne(
    { certificate_id: made.id },
    { $set: { shows: 'what it was before' } },
  );
  // Replaced, and still there for whoever reads it.
  await fetchEvidence(service, made.id, company.token);
  await ask(service, pending.id, company.token);
  const ids = (await stored()).map(({ _id }) => _id);
  expect(ids).toHaveLength(3);
  await setPolicy(scene, { action: 'delete', ...YEAR });
  await sweepAndClean(scene);
  expect([await stored(), await chunks({ $in: ids })]).toEqual([[], 0]);
  expect((await ask(service, made.id, company.token)).status).toBe(404);
  const late = { ctx: ctx(), evidenceId: ids[2]!, signal: never };
  expect(await makeEvidence(late)).toBe('gone');
});

test('a certificate that is cleaned up while its evidence is made has none', async () => {
  const scene = { ctx: ctx(), company };
  const { id: old } = await aged(scene, 400);
  await ask(service, old, company.token);
  await setPolicy(scene, { action: 'delete', ...YEAR });
  await growLogNow(ctx());
  const evidenceId = await onlyOne();
  const slow = {
    ...ctx(),
    reach: async (step: string) => {
      if (step === 'evidence.collected') await sweepAndClean(scene);
    },
  };
  expect(await makeEvidence({ ctx: slow, evidenceId, signal: never })).toBe('overtaken');
  expect([await stored(), await chunks(evidenceId)]).toEqual([[], 0]);
});

test('only its company gets it, with a token for the audit, and one that exists', async () => {
  const other = await makeCompany(ctx());
  const input = { label: 'checks', scopes: ['verify' as const] };
  const made = await createToken({ ctx: ctx(), companyId: company.id, caller: CALLER, input });
  const refused = await Promise.all([
    ask(service, id, other.token),
    ask(service, 'EC-nobody', company.token),
    ask(service, id, made.token),
    ask(service, id, 'rescind_tok_nobody'),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([404, 404, 403, 401]);
  expect(await stored()).toEqual([]);
});

test('a company has ten under way at most', async () => {
  const ids = [id];
  for (let i = 0; i < 10; i++) ids.push((await makeCertificate(ctx(), company)).id);
  const asked = await Promise.all(ids.map((one) => ask(service, one, company.token)));
  expect(asked.filter(({ status }) => status === 202)).toHaveLength(10);
  const [over] = asked.filter(({ status }) => status === 429);
  expect(over?.headers.get('retry-after')).toBe('10');
  await makeAll(ctx());
});
