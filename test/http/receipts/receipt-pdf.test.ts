import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { attachedTo, textOf } from '../../helpers/pdf';
import { fetchVerifier, type Verifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';

const EMAIL = 'jo@example.com';
const OPENSSL =
  'openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in record.json -sigfile record.sig';

let service: Service;
let company: TestCompany;
let verifier: Verifier;
const ctx = () => service.ctx;
const by = () => ({ token: company.token });

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(ctx(), { settings: { name: 'Acme Corp 株式' } });
  await growLogNow(ctx());
  verifier = await fetchVerifier(service.url);
});
afterAll(() => service.close());

/** A PDF as a reader has it, its text in one line. */
async function pdfAt(path: string, accept = 'application/pdf') {
  const headers = { authorization: `Bearer ${company.token}`, accept };
  const response = await fetch(service.url + path, { headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/pdf']);
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="receipt.pdf"');
  const bytes = Buffer.from(await response.arrayBuffer());
  return { text: textOf(bytes).replace(/\s+/g, ' '), files: attachedTo(bytes) };
}

async function revoke(reason: string) {
  const { id } = await makeCertificate(ctx(), company);
  const body = { company_id: company.id, certificate_id: id, reason };
  expect((await service.post('/opt-out', body, by())).status).toBe(200);
  const info = await service.get(`/certificates/${id}`, by());
  return { id, path: `/revocations/${String(info.body.opt_out.revocation_id)}/receipt` };
}

async function expectGood(files: Record<string, Buffer>, says: RegExp) {
  const { code, out } = await verifier.verify(files['receipt.json']!.toString());
  expect([code, out]).toEqual([0, expect.stringMatching(says)]);
}

test('of a revocation can be read, and verified by what is attached, with Node.js or OpenSSL', async () => {
  const { id, path } = await revoke('asked by phone');
  const accept = { headers: { accept: 'application/pdf' }, ...by() };
  const early = await service.get(path, accept);
  expect([early.status, early.body]).toEqual([202, { state: 'pending' }]);
  await growLogNow(ctx());
  const { text, files } = await pdfAt(path);
  const { body } = await service.get(path, by());
  expect(JSON.parse(files['receipt.json']!.toString())).toEqual(body);
  const { event_time } = JSON.parse(body.record as string) as { event_time: string };
  const [origin, size, root] = (body.checkpoint as string).split('\n') as [string, string, string];
  for (const part of [
    'Receipt of a request to withdraw consent',
    'Corp ??',
    company.id,
    id,
    event_time,
    `${new Date(event_time).getUTCFullYear()} at`,
    'asked by phone',
    'What this does not prove',
    `of ${size}`,
    root,
    `${origin}+`,
    'node verify-receipt.mjs receipt.json',
    'Page 1 of',
  ]) {
    expect(text).toContain(part);
  }
  await expectGood(files, /^good: certificate\.revoked, /);

  expect(text.replace(/ /g, '')).toContain(OPENSSL.replace(/ /g, ''));
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(join(verifier.directory, name), bytes);
  }
  const out = await new Promise<string>((resolve) => {
    execFile('sh', ['-c', OPENSSL], { cwd: verifier.directory }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
  expect(out).toContain('Signature Verified Successfully');
});

test('comes by the path or by what is accepted; JSON is what everybody else gets', async () => {
  const { id, path } = await revoke('x');
  await growLogNow(ctx());
  expect((await pdfAt(`/api${path}.pdf`, '*/*')).text).toContain(id);
  expect((await pdfAt(`${path}.pdf?certificate_id=${id}`, 'application/json')).text).toContain(id);
  for (const accept of [
    '*/*',
    'application/json',
    'text/html',
    'application/json, application/pdf',
  ]) {
    const { status, headers } = await service.get(path, { headers: { accept }, ...by() });
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
    ]);
    expect(headers.get('vary')).toContain('Accept');
  }
  const other = await makeCompany(ctx());
  for (const one of [
    `${path}.pdf`,
    '/revocations/RSC-none/receipt.pdf',
    '/verify/receipts/x.pdf',
  ]) {
    expect((await service.get(one, { token: other.token })).status).toBe(404);
  }
});

test('of a check says what was asked and answered; of a contact check, how to compare', async () => {
  const { id } = await makeCertificate(ctx(), company, { email: EMAIL });
  const idOf = ({ headers }: { headers: Headers }) => headers.get('rescind-receipt')!;
  const match = await service.post('/verify/match', { certificate_id: id, consent: CONSENT }, by());
  const contact = await service.post('/contact/check', { email: EMAIL }, by());
  await growLogNow(ctx());
  const check = await pdfAt(`/verify/receipts/${idOf(match)}.pdf`);
  expect(check.text).toContain('Receipt of a check of consent');
  expect(check.text).toContain('Valid: the consent stood');
  for (const part of [id, 'with a token of the company']) expect(check.text).toContain(part);
  expect(check.text).not.toContain('dgst -sha256');
  await expectGood(check.files, /^good: ledger\.page, .* check_match valid EC-/);
  const hidden = await pdfAt(`/verify/receipts/${idOf(contact)}`);
  expect(hidden.text).toContain('only a hash of it');
  const shown = await pdfAt(`/verify/receipts/${idOf(contact)}?email=${EMAIL}`);
  expect(shown.text).toContain('May be contacted');
  expect(shown.text).toContain('dgst -sha256');
  expect(shown.text).not.toContain(EMAIL.replace('jo', 'joe'));
  await expectGood(shown.files, /contact_check consented email:[0-9a-f]{64}\n$/);
});

test('lists a hundred of many certificates, over several pages', async () => {
  const email = 'many@example.com';
  const made = [];
  for (let i = 0; i < 103; i += 1) made.push(await makeCertificate(ctx(), company, { email }));
  await service.post('/opt-out', { company_id: company.id, email }, by());
  const info = await service.get(`/certificates/${made[0]!.id}`, by());
  await growLogNow(ctx());
  const path = `/revocations/${String(info.body.opt_out.revocation_id)}/receipt.pdf`;
  const { text, files } = await pdfAt(path);
  expect(text).toContain('and 3 more, in receipt.json');
  expect(text).toContain('Page 4 of 4');
  expect(made.filter(({ id }) => text.includes(id))).toHaveLength(100);
  await expectGood(files, /^good: /);
});
