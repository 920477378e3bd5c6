import type { Receipt } from '../../../src/core/proof/receipt';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { fetchVerifier, type Verifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';

const EMAIL = 'jo@example.com';

let service: Service;
let company: TestCompany;
let certificate: string;
let verifier: Verifier;
const ctx = () => service.ctx;
const by = () => ({ token: company.token });

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(ctx());
  ({ id: certificate } = await makeCertificate(ctx(), company, { email: EMAIL }));
  await growLogNow(ctx());
  verifier = await fetchVerifier(service.url);
});
afterAll(() => service.close());

const match = (consent = CONSENT, headers = {}) =>
  service.post('/verify/match', { certificate_id: certificate, consent }, { ...by(), headers });
const contact = (who: Record<string, string>) => service.post('/contact/check', who, by());
const idOf = ({ headers }: { headers: Headers }) => headers.get('rescind-receipt') ?? '';
const fetchReceipt = (id: string, query = '') =>
  service.get(`/verify/receipts/${id}${query}`, by());

async function good(id: string, query = ''): Promise<string> {
  const { status, body } = await fetchReceipt(id, query);
  expect(status).toBe(200);
  const { code, out } = await verifier.verify(body);
  expect([code, out]).toEqual([0, expect.stringMatching(/^good: ledger\.page, .+\n$/)]);
  return out;
}

test('an answer that was charged has a receipt, which says what was answered about what', async () => {
  const checks = await Promise.all([match(), match('another text'), match(), match()]);
  const ids = checks.map(idOf);
  expect(new Set(ids).size).toBe(4);
  const pending = await fetchReceipt(ids[0]!);
  expect([pending.status, pending.body]).toEqual([202, { state: 'pending' }]);
  expect(pending.headers.get('retry-after')).toBe('2');
  await growLogNow(ctx());
  const said = await Promise.all(ids.map((id) => good(id)));
  expect(said.map((out) => / (valid|not_valid) (\S+)/.exec(out)?.slice(1))).toEqual(
    ['valid', 'not_valid', 'valid', 'valid'].map((answer) => [answer, certificate]),
  );
  const { body } = await fetchReceipt(ids[0]!);
  expect(body.opening.commitments.pii_controller.value).toBe(company.id);
  const movement = JSON.parse((body as Receipt).inclusion.subjects[0]!.leaf) as object;
  expect(movement).toMatchObject({ event_type: 'check_match', answer: 'valid' });
  expect((body as Receipt).record).not.toContain(certificate);
});

test('a repeat under a key and a refusal have none; the first under the key has', async () => {
  const headers = { 'idempotency-key': 'receipt-1' };
  const [first, repeat] = [await match(CONSENT, headers), await match(CONSENT, headers)];
  expect([idOf(first), idOf(repeat)]).toEqual([expect.stringMatching(/^rcp_/), '']);
  await growLogNow(ctx());
  await good(idOf(first));
  const refused = await service.post(
    '/verify/match',
    { certificate_id: 'EC-x', consent: 'x' },
    by(),
  );
  expect([refused.status, idOf(refused)]).toEqual([404, '']);
});

test('a contact check shows whom it was about to whoever says it again', async () => {
  const checks = [await contact({ email: EMAIL }), await contact({ mobile: '+14155550177' })];
  const [known, stranger] = checks.map(idOf);
  await growLogNow(ctx());
  expect(await good(known!)).toContain('contact_check consented\n');
  expect(await good(known!, `?email=${EMAIL.toUpperCase()}`)).toMatch(
    /contact_check consented email:[0-9a-f]{64}\n$/,
  );
  expect(await good(stranger!, '?mobile=%2B14155550177')).toMatch(
    /contact_check no_consent mobile:[0-9a-f]{64}\n$/,
  );
  const other = await fetchReceipt(known!, '?email=other@example.com');
  expect([other.status, other.body.error]).toEqual([404, 'Receipt not found']);
  const bad = await fetchReceipt(known!, '?email_sha256=123');
  expect([bad.status, bad.body.details[0].path]).toEqual([400, 'email_sha256']);
});

test('only the company that asked gets it, and only for what was checked', async () => {
  const id = idOf(await match());
  await growLogNow(ctx());
  const other = await makeCompany(ctx());
  const theirs = await service.get(`/verify/receipts/${id}`, { token: other.token });
  expect(theirs.status).toBe(404);
  for (const unknown of [
    'rcp_0-0-0-0',
    'rcp_1-999-0-0',
    `${id}9`,
    'rcp_',
    'x',
    'rcp_1-0-0-0-short',
  ]) {
    expect([unknown, (await fetchReceipt(unknown)).status]).toEqual([unknown, 404]);
  }
});
