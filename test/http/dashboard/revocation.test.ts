import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { type Service, startService } from '../../helpers/service';
import { listen, tellNow } from '../../helpers/webhooks';
import { signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

test('the receipt of a revocation can be downloaded as soon as there is one', async () => {
  const { ctx } = service;
  const { id } = await makeCertificate(ctx, company);
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeCertificate({ ...by, certificateId: id });
  const browser = await signedInBrowser(service, company);
  const page = `/dashboard/revocations/reference/${revocation_id!}`;
  const shown = (await browser.get(page)).html;
  for (const type of ['pdf', 'json']) expect(shown).toContain(`href="${page}/receipt.${type}"`);
  const ofCertificate = (await browser.get(`/dashboard/certificates/${id}`)).html;
  expect(ofCertificate).toContain(`href="${page}/receipt.pdf?certificate_id=${id}"`);
  const early = await browser.get(`${page}/receipt.json`);
  expect(early).toMatchObject({ status: 303, location: `${page}?receipt=pending` });
  expect((await browser.get(early.location!)).html).toContain('The receipt is being made.');
  await growLogNow(ctx);
  const { html } = await browser.get(`${page}/receipt.json`);
  expect(JSON.parse(html)).toMatchObject({
    format: 'rescind-receipt-1',
    opening: { subjects: [{ value: id }] },
  });
  const pdf = await browser.get(`${page}/receipt.pdf?certificate_id=${id}`);
  expect(pdf.received.get('content-type')).toBe('application/pdf');
  expect((await browser.get(`${page}/receipt.pdf?certificate_id=EC-other`)).status).toBe(404);
  const other = await signedInBrowser(service, await makeCompany(ctx));
  for (const type of ['pdf', 'json']) {
    expect((await other.get(`${page}/receipt.${type}`)).status).toBe(404);
  }
});

test('a revocation shows who was told of it, and when they said so', async () => {
  const { ctx } = service;
  const told = await makeCompany(ctx);
  const receiver = await listen(ctx, told);
  const { id } = await makeCertificate(ctx, told);
  const by = { ctx, companyId: told.id, method: 'api' as const, caller: CALLER };
  const { revocation_id } = await revokeCertificate({ ...by, certificateId: id });
  const browser = await signedInBrowser(service, told);
  const page = `/dashboard/revocations/reference/${revocation_id!}`;
  expect((await browser.get(page)).html).not.toContain('Who was told by webhook');
  receiver.answer = (response) => response.writeHead(500).end();
  await tellNow(ctx);
  const row = /<th scope="row">You<\/th><td class="num">1<\/td><td>(?<said>[^]*?)<\/td>/;
  const said = async () => row.exec((await browser.get(page)).html)?.groups?.said;
  expect(await said()).toContain('Not yet; due');
  const past = { $set: { acknowledge_by: new Date(0) } };
  await collections(ctx).webhookEvents.updateOne({ revocation_id: revocation_id! }, past);
  expect(await said()).toContain('Overdue');
  await ctx.store.webhookEvents.acknowledge(
    receiver.received.map((one) => one.id),
    ctx.now(),
  );
  expect(await said()).toMatch(/^\w+ \d+, \d{4} at /);
  await receiver.close();
});
