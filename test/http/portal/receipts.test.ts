import { createHash } from 'node:crypto';
import type { Context } from '../../../src/context';
import type { PersonIdentifier } from '../../../src/core/portal/identifier';
import { type PortalScope, revokeConsents } from '../../../src/core/portal/revoke-consents';
import { requestReceipt } from '../../../src/core/proof/request-receipt';
import type { Receipt } from '../../../src/core/proof/receipt';
import { makeConsent } from '../../core/consents/scene';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { attachedTo, textOf } from '../../helpers/pdf';
import { fetchVerifier, type Verifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { submit } from './forms';
import { portalScene } from './receipt-scene';

const HIDDEN = 'known@example.com';
const STRANGER = 'other@example.com';

let mailbox: Mailbox;
let service: Service;
let ctx: Context;
let first: TestCompany;
let second: TestCompany;
let verifier: Verifier;

beforeAll(async () => {
  mailbox = await startMailbox();
  const settings = { OPT_OUT_RATE_PER_MINUTE: '1000', PORTAL_MODE: 'code' };
  service = await startService(testConfig({ ...settings, SMTP_URL: mailbox.url }));
  ({ ctx } = service);
  first = await makeCompany(ctx, { settings: { name: 'First Corp' } });
  second = await makeCompany(ctx, { settings: { name: 'Second Corp' } });
  await growLogNow(ctx);
  verifier = await fetchVerifier(service.url);
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});

const { find, confirm, optOut, get, receiptAt } = portalScene(() => service);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What differs between any two requests at best: all but the form of it. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'string') {
    const written = value.startsWith('{') ? JSON.stringify(shapeOf(JSON.parse(value))) : value;
    // Places differ in their digits.
    return value.startsWith('{') ? written : value.replace(/#\d+$/, '#').length;
  }
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]));
}

/** As `shapeOf`, without the path, which is as long as the place in the log wants it. */
const formOf = ({ checkpoint: _, inclusion, ...receipt }: Receipt) =>
  shapeOf({ ...receipt, subjects: inclusion.subjects });

test('is the same for everybody who has shown no code, found or not, revoked or not', async () => {
  await makeCertificate(ctx, first, { email: HIDDEN });
  await makeCertificate(ctx, second, { email: HIDDEN });
  await makeConsent(ctx, second.id, { subject: { email: HIDDEN, mobile: null, ref: null } });
  const known = await optOut(HIDDEN);
  const again = await optOut(HIDDEN);
  const stranger = await optOut(STRANGER);
  await growLogNow(ctx);
  const receipts = await Promise.all([known, again, stranger].map(receiptAt));
  const forms = receipts.map(formOf);
  expect(forms[1]).toEqual(forms[0]);
  expect(forms[2]).toEqual(forms[0]);
  const { opening, inclusion, record } = receipts[0]!;
  expect(inclusion.subjects).toEqual([]);
  expect(Object.keys(opening.commitments).sort()).toEqual(
    ['channels', 'entity_id', 'identifier', 'method', 'request_id'].sort(),
  );
  expect(opening.commitments).toMatchObject({
    identifier: { value: `email:${sha256(HIDDEN)}` },
    channels: { value: 'call text email' },
  });
  expect(JSON.parse(record)).toMatchObject({
    event_type: 'opt_out.requested',
    event_state: 'withdrawn',
  });
  for (const receipt of receipts) {
    for (const hidden of [first.id, second.id, 'EC-', 'Corp', HIDDEN]) {
      expect(JSON.stringify(receipt)).not.toContain(hidden);
    }
    const { code, out } = await verifier.verify(receipt);
    expect([code, out]).toEqual([0, expect.stringMatching(/^good: opt_out\.requested, /)]);
  }
  // Pages and their lengths, too; a reference is as long as any other.
  const pages = await Promise.all(
    [known, stranger].map(async (path) => (await (await get(path)).text()).replaceAll(path, '')),
  );
  expect(pages[0]!.length).toBe(pages[1]!.length);
});

test('whatever is asked for in whichever mode, the form is the same; an id in another case tells nothing', async () => {
  const { id } = await makeCertificate(ctx, first, { email: 'forms@example.com' });
  const asked = async (identifier: PersonIdentifier, scope: PortalScope, name: string) => {
    const request = { requestId: `portal_${name}`, via: 'x', ip: '192.0.2.1', gpc: false };
    return (await revokeConsents({ ctx, identifier, scope, ...request })).key;
  };
  const email = (value: string): PersonIdentifier => ({ kind: 'email', value });
  const everywhere = { kind: 'all', everywhere: true } as const;
  const keys = [
    await asked(email('unknown@example.com'), { kind: 'all' }, '1'),
    await asked(email('unknown@example.com'), { kind: 'company', companyId: first.id }, '2'),
    await asked(email('unknown@example.com'), everywhere, '3'),
    await asked(email('forms@example.com'), { kind: 'all' }, '4'),
  ];
  const inOtherCase = id.toLowerCase().replace('ec-', 'EC-');
  const ofIds = [
    await asked({ kind: 'certificate_id', value: inOtherCase }, everywhere, '5'),
    await asked({ kind: 'certificate_id', value: id.replace(/.$/, '~') }, everywhere, '6'),
  ];
  await growLogNow(ctx);
  const receiptOf = async (key: (typeof keys)[number]) => (await requestReceipt({ ctx, key }))!;
  const forms = (await Promise.all(keys.map(receiptOf))).map(formOf);
  for (const form of forms) expect(form).toEqual(forms[0]);
  const [known, stranger] = await Promise.all(ofIds.map(receiptOf));
  expect(formOf(known!)).toEqual(formOf(stranger!));
  expect(known!.opening.commitments.identifier!.value).toBe(
    `certificate_id:${sha256(inOtherCase)}`,
  );
  const wrong = { ...keys[0]!, salt: keys[1]!.salt };
  expect(await requestReceipt({ ctx, key: wrong })).toBeNull();
});

test('after a right code it shows all that was revoked, and nothing else', async () => {
  const email = 'mine@example.com';
  const mine = await makeCertificate(ctx, first, { email });
  const kept = await makeCertificate(ctx, first, { email });
  const consent = await makeConsent(ctx, second.id, {
    subject: { email, mobile: null, ref: null },
  });
  mailbox.mails.length = 0;
  const { token } = await find(email);
  const mail = await until('the code', () => mailbox.mails.shift());
  const code = /Your code is (\d{6})/.exec(mail.raw)![1]!;
  const list = await submit(service, '/opt-out/code', { token, code });
  const chosen = [mine.id, consent, 'EC-of-somebody-else'].map((id): [string, string] => [
    'consent_id',
    id,
  ]);
  const path = await confirm([['token', list.token], ...chosen]);
  await growLogNow(ctx);
  const receipt = await receiptAt(path);
  const values = receipt.opening.subjects.map((one) => one!.value);
  expect(values.sort()).toEqual([mine.id, consent].sort());
  expect(JSON.stringify(receipt)).not.toContain(kept.id);
  const { code: exit, out } = await verifier.verify(receipt);
  expect([exit, out.includes(mine.id), out.includes(consent)]).toEqual([0, true, true]);
  // Once more: the same request, the same record.
  const again = await confirm([['token', list.token], ...chosen]);
  expect((await receiptAt(again)).record).toBe(receipt.record);
});

test('comes as PDF, in English and Spanish, and what is attached is good', async () => {
  const path = await optOut('pdf@example.com', { by_channel: '1', channels: 'call' });
  await growLogNow(ctx);
  for (const [lang, words] of [
    ['en', ['Receipt of a request not to be contacted', 'Whether any company had', 'calls']],
    ['es', ['Comprobante de una solicitud para no', 'Si alguna empresa', 'llamadas']],
  ] as const) {
    const response = await get(`${path}/receipt.pdf?lang=${lang}`);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    const pdf = Buffer.from(await response.arrayBuffer());
    const text = textOf(pdf).replace(/\s+/g, ' ');
    for (const part of [...words, `email:${sha256('pdf@example.com')}`]) {
      expect(text).toContain(part);
    }
    const { code } = await verifier.verify(attachedTo(pdf)['receipt.json']!.toString());
    expect(code).toBe(0);
  }
});

test('until it is in the log a page says so, and asks again by itself', async () => {
  const path = await optOut('early@example.com');
  const page = await (await get(path)).text();
  for (const type of ['pdf', 'json']) expect(page).toContain(`href="${path}/receipt.${type}"`);
  const early = await get(`${path}/receipt.pdf?lang=es`);
  expect([early.status, early.headers.get('retry-after'), early.headers.get('refresh')]).toEqual([
    202,
    '2',
    '2',
  ]);
  expect(await early.text()).toContain('Su comprobante estará listo en un momento');
  const json = await get(`${path}/receipt.json`);
  expect([json.status, json.headers.get('retry-after'), await json.json()]).toEqual([
    202,
    '2',
    { state: 'pending' },
  ]);
  await growLogNow(ctx);
  expect((await get(`${path}/receipt.pdf`)).status).toBe(200);
  for (const type of ['pdf', 'json']) {
    const broken = await get(`${path.slice(0, -4)}/receipt.${type}`);
    expect([broken.status, await broken.text()]).toEqual([
      404,
      expect.stringContaining('This confirmation can no longer be shown'),
    ]);
  }
});

test('nothing that is stored tells whose request it was', async () => {
  const email = 'stored@example.com';
  const path = await optOut(email);
  await growLogNow(ctx);
  const { identifier } = (await receiptAt(path)).opening.commitments;
  const entries = await collections(ctx).audit.find({ company_id: ':consumer' }).toArray();
  const entry = entries.at(-1)!;
  expect(entry).toMatchObject({ ip: null, reason: null, certificates: [] });
  for (const secret of [identifier!.salt, sha256(email), email]) {
    expect(JSON.stringify(entries)).not.toContain(secret);
  }
});
