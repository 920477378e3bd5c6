import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { submit } from '../portal/forms';
import { look, operatorBasic, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;
let path: string;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
  path = `/companies/${company.id}/holds`;
});
afterAll(() => service.close());

const send = (to: string, form: Record<string, string>) =>
  submit(service, PAGES + to, form, operatorBasic(service));
const audited = async (action: string) =>
  (await service.ctx.store.audit.list(company.id, { action }, { limit: 10 })).items;
const noticeOf = ({ headers }: { headers: Headers }) =>
  new URL(headers.get('location') ?? '', service.url).searchParams.get('notice');
const holds = () => service.ctx.store.accounts.listHolds(company.id);
/** Looks somebody up; where the answer leads, and the page there. */
const find = async (subject: string, scope = 'user') => {
  const { headers, status } = await send(`${path}/find`, { scope, subject });
  const to = headers.get('location') ?? '';
  expect(status).toBe(303);
  const page = await look(service, to.slice(PAGES.length));
  const found = /name="found" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
  return { to, found, ...page };
};

test('a person is looked up by email, held, and released, and no URL names them', async () => {
  const email = `anna@${company.id}.example`;
  await makeCertificate(service.ctx, company, { email });
  const other = await makeCompany(service.ctx);
  await makeCertificate(service.ctx, other, { email });
  const { to, found, html } = await find(` ANNA@${company.id}.example`);
  expect(html).toContain('the company has 1 certificate (0 revoked) and 0 consents');
  expect(decodeURIComponent(to)).not.toMatch(/anna/i);
  expect(await audited('person.looked_up')).toMatchObject([
    { actor: { type: 'operator', id: null }, reason: 'email', certificates: [], ip: '127.0.0.1' },
  ]);
  expect(await holds()).toEqual([]);
  const placed = await send(path, { found, reason: 'Case 7' });
  expect(noticeOf(placed)).toBe('holdPlaced');
  // Looked up again, in another spelling, it is the same hold.
  const again = await find(email);
  expect(again.html).toContain('replaces the reason “Case 7”');
  await send(path, { found: again.found, reason: 'Case 8' });
  expect(await holds()).toMatchObject([{ scope: 'user', reason: 'Case 8' }]);
  const lift = /href="\/operator\/pages([^"]+\/lift)"/.exec((await look(service, path)).html)?.[1];
  expect(lift).not.toMatch(/anna/i);
  const question = await look(service, lift);
  expect(question.html).toContain(`Lift the hold? Person ANNA@${company.id}.example`);
  expect(question.html).toContain('Reason: Case 8');
  expect(await holds()).toHaveLength(1);
  expect(noticeOf(await send(lift!, {}))).toBe('holdLifted');
  expect(noticeOf(await send(lift!, {}))).toBe('holdGone');
  expect(noticeOf(await look(service, lift))).toBe('holdGone');
  expect(await holds()).toEqual([]);
  expect(await audited('legal_hold.placed')).toHaveLength(2);
  expect(await audited('legal_hold.lifted')).toHaveLength(1);
});

test('a person of whom nothing is there is said to be unknown, and can be held', async () => {
  const byPhone = await find('(415) 555-0199');
  expect(byPhone.html).toContain('Read as the phone number +14155550199.');
  expect(byPhone.html).toContain('Nothing that a clean-up could remove names this person now');
  const byId = await find('u-1 & co');
  expect(byId.html).toContain('Read as the user ID u-1 &amp; co.');
  expect(noticeOf(await send(path, { found: byId.found, reason: 'Case 9' }))).toBe('holdPlaced');
  expect(await holds()).toMatchObject([{ scope: 'user', subject_id: 'u-1 & co' }]);
});

test('a certificate is held if the company has it, and the whole company', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const other = await makeCompany(service.ctx);
  const { id: foreign } = await makeCertificate(service.ctx, other);
  const refused = await send(`${path}/find`, { scope: 'certificate', subject: foreign });
  expect([refused.status, refused.html.includes('has no certificate')]).toEqual([400, true]);
  const one = await find(id.toUpperCase(), 'certificate');
  const all = await find('', 'all');
  for (const { found } of [one, all]) await send(path, { found, reason: 'Case 1' });
  const kept = (await holds()).map(({ scope, subject_id }) => [scope, subject_id]);
  expect(kept.sort()).toEqual([
    ['all', null],
    ['certificate', id],
  ]);
  expect(await audited('person.looked_up')).toEqual([]);
});

test.each([
  [{ scope: 'user', subject: '  ' }, 'subject'],
  [{ scope: 'certificate', subject: 'x'.repeat(201) }, 'subject'],
  [{ scope: 'all', subject: 'anna@example.com' }, 'subject'],
  [{ scope: 'everybody', subject: 'x' }, 'scope'],
])('%j is refused beside the field, and stays', async (form, wrong) => {
  const reply = await send(`${path}/find`, form);
  expect(reply.status).toBe(400);
  expect(reply.html.match(/id="\w+-error"/g)).toEqual([`id="${wrong}-error"`]);
  expect(reply.html).toContain(`value="${form.subject.trim()}"`);
  expect(await audited('person.looked_up')).toEqual([]);
});

test('a hold needs a reason, and what was found for it', async () => {
  const { found, to } = await find('u-1');
  const reply = await send(path, { found, reason: ' ' });
  expect(reply.status).toBe(400);
  expect(reply.html).toContain('id="reason-error"');
  const other = await makeCompany(service.ctx);
  const elsewhere = `/companies/${other.id}/holds`;
  expect(noticeOf(await send(elsewhere, { found, reason: 'Case 1' }))).toBe('holdExpired');
  expect(noticeOf(await send(path, { found: `x${found}`, reason: 'Case 1' }))).toBe('holdExpired');
  expect(noticeOf(await look(service, to.slice(PAGES.length).replace('/found/', '/found/x')))).toBe(
    'holdExpired',
  );
  expect(await holds()).toEqual([]);
});
