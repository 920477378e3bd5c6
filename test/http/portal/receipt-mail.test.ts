import type { Context } from '../../../src/context';
import { collections } from '../../helpers/collections';
import { growLogNow } from '../../helpers/log';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { attachedTo } from '../../helpers/pdf';
import { fetchVerifier, type Verifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { portalScene } from './receipt-scene';

let mailbox: Mailbox;
let service: Service;
let ctx: Context;
let verifier: Verifier;

beforeAll(async () => {
  mailbox = await startMailbox();
  const settings = { OPT_OUT_RATE_PER_MINUTE: '1000', PORTAL_MODE: 'blind' };
  service = await startService(testConfig({ ...settings, SMTP_URL: mailbox.url }));
  ({ ctx } = service);
  await growLogNow(ctx);
  verifier = await fetchVerifier(service.url);
});
afterAll(async () => {
  await service.close();
  await mailbox.close();
});

const { optOut, get, receiptAt } = portalScene(() => service);

const press = async (path: string, headers: Record<string, string> = { origin: service.url }) => {
  const response = await fetch(`${service.url}${path}/mail`, {
    method: 'POST',
    headers,
    redirect: 'manual',
  });
  return { status: response.status, to: response.headers.get('location') };
};

/** What is attached to a mail, by its names. */
const filesIn = (raw: string) => {
  const parts = raw.split(/\r\n--[^\r\n]+/).flatMap((part) => {
    const name = /filename=("?)([\w.]+)\1/.exec(part)?.[2];
    const body = part.slice(part.indexOf('\r\n\r\n'));
    return name === undefined ? [] : [[name, Buffer.from(body, 'base64')] as const];
  });
  return Object.fromEntries(parts) as Record<string, Buffer>;
};

test('it goes to the email that was opted out, with the receipt, which no page shows', async () => {
  const email = 'mailed@example.com';
  const path = await optOut(email);
  const page = await (await get(`${path}?lang=es`)).text();
  expect(page).toContain(`action="${path}/mail?lang=es"`);
  expect(page).not.toContain(email);
  mailbox.mails.length = 0;
  // The log takes a moment, and the form waits for it.
  const [pressed] = await Promise.all([press(path), growLogNow(ctx)]);
  expect(pressed).toEqual({ status: 303, to: `${path}?mailed=sent` });
  expect(await (await get(pressed.to!)).text()).toContain('The receipt is on its way');
  const mail = await until('the mail', () => mailbox.mails.shift());
  expect(mail.to).toEqual([email]);
  const reference = /RSC(-[0-9A-Z]{4}){3}/.exec(page)![0];
  expect(mail.raw).toContain(`Subject: Your receipt, ${reference}`);
  expect(mail.raw).toContain('If you have not asked for it');
  const files = filesIn(mail.raw);
  expect(Object.keys(files).sort()).toEqual(['receipt.json', 'receipt.pdf']);
  expect(JSON.parse(files['receipt.json']!.toString())).toEqual(await receiptAt(path));
  const attached = attachedTo(files['receipt.pdf']!)['receipt.json']!.toString();
  expect((await verifier.verify(attached)).code).toBe(0);
  expect(JSON.stringify(await collections(ctx).mails.find().toArray())).not.toContain(email);
});

test('three an hour, to nobody but an email, and from our own pages only', async () => {
  const path = await optOut('limited@example.com');
  await growLogNow(ctx);
  expect((await press(path, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await press(path, {})).status).toBe(403);
  mailbox.mails.length = 0;
  const results = [];
  for (let i = 0; i < 4; i += 1) results.push((await press(path)).to);
  expect(results).toEqual([
    ...Array<string>(3).fill(`${path}?mailed=sent`),
    `${path}?mailed=limit`,
  ]);
  expect(await (await get(results[3]!)).text()).toContain('Several receipts were sent');
  await until('three mails', () => mailbox.mails.length === 3);
  const ofNumber = await optOut('+14155550188');
  await growLogNow(ctx);
  expect(await (await get(ofNumber)).text()).not.toContain('/mail');
  expect((await press(ofNumber)).status).toBe(404);
  expect((await press(path.slice(0, -4))).status).toBe(404);
  expect((await get(`${path}/mail`)).status).toBe(405);
});

test('while the log does not get on, the page asks for another try', async () => {
  const path = await optOut('stuck@example.com');
  expect((await press(path)).to).toBe(`${path}?mailed=pending`);
  expect(await (await get(`${path}?mailed=pending`)).text()).toContain(
    'press the button once more',
  );
  for (const other of ['constructor', 'x', 'sent&mailed=sent']) {
    expect(await (await get(`${path}?mailed=${other}`)).text()).not.toContain('class="notice"');
  }
});
