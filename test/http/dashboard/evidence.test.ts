import { makeAll, receiptsIn } from '../../core/evidence/scene';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { unzip } from '../../helpers/unzip';
import { signedInBrowser } from './scriptless-browser';

let service: Service;
let company: TestCompany;
let id: string;
let path: string;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  ({ id } = await makeCertificate(service.ctx, company));
  path = `/dashboard/certificates/${id}`;
});

test.each(['admin', 'viewer'] as const)(
  'an %s asks for it, waits and downloads it',
  async (role) => {
    const browser = await signedInBrowser(service, company, role);
    expect((await browser.get(path)).html).toContain('Download evidence');
    const page = await browser.postAndFollow(`${path}/evidence`, {});
    expect(page.html).toContain('The archive is being made.');
    expect(page.html).toMatch(/<noscript>.*Refresh/);
    expect(page.html).not.toContain('evidence.zip');
    expect(await browser.get(`${path}/evidence.zip`)).toMatchObject({
      status: 303,
      location: `${path}/evidence`,
    });
    expect(await makeAll(service.ctx)).toEqual(['done']);
    expect((await browser.get(`${path}/evidence`)).html).toContain(`href="${path}/evidence.zip"`);
    const answer = await fetch(`${service.url}${path}/evidence.zip`, {
      headers: { cookie: browser.cookie(), 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="evidence-EC-/,
    );
    const files = await unzip(Buffer.from(await answer.arrayBuffer()));
    expect(receiptsIn(files)).toEqual(['receipts/01-registration.json']);
    // What is ready is downloaded at the first press.
    expect((await browser.post(`${path}/evidence`, {})).location).toBe(`${path}/evidence.zip`);
    const audit = await browser.get('/dashboard/audit?action=evidence.downloaded');
    expect(audit.html).toContain('Evidence downloaded');
  },
);

test('looking has nothing made, and no other company’s is shown', async () => {
  const browser = await signedInBrowser(service, company);
  expect((await browser.get(`${path}/evidence`)).html).toContain('Make the archive');
  const other = await makeCertificate(service.ctx, await makeCompany(service.ctx));
  for (const end of ['evidence', 'evidence.zip']) {
    const { status } = await browser.get(`/dashboard/certificates/${other.id}/${end}`);
    expect([end, status]).toEqual([end, 404]);
  }
  expect((await browser.post(`/dashboard/certificates/${other.id}/evidence`, {})).status).toBe(404);
  expect(await makeAll(service.ctx)).toEqual([]);
});
