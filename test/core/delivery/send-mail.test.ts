import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { sendMail } from '../../../src/core/delivery/send-mail';
import { composeMail, type Letter } from '../../../src/core/messages/compose-mail';
import { openMail } from '../../../src/core/messages/sealed-mail';
import { requestCode } from '../../../src/core/portal/codes';
import { cancelInvitation } from '../../../src/core/users/cancel-invitation';
import { inviteUser } from '../../../src/core/users/invite-user';
import type { Mail } from '../../../src/store/mails';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

const TEXT = 'Your secret is';

let mailbox: Mailbox;
let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;
let email: string;

beforeAll(async () => {
  mailbox = await startMailbox();
  ({ ctx, close } = await openContext(testConfig({ SMTP_URL: mailbox.url }), 'worker'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  mailbox.mails.length = 0;
  await collections(ctx).mails.deleteMany({});
  company = await makeCompany(ctx);
  email = `new@${company.id}.example`;
});
afterAll(async () => {
  await close();
  await mailbox.close();
});

const write = (secret: string) => ({ subject: 'Hello', text: `${TEXT} ${secret}` });
const invite = (to = email) =>
  inviteUser({
    ctx,
    companyId: company.id,
    caller: CALLER,
    write,
    input: { email: to, role: 'viewer' },
  });
const waiting = () => collections(ctx).mails.find().toArray();
const onlyMail = async (): Promise<Mail> => {
  const mails = await waiting();
  expect(mails).toHaveLength(1);
  return mails[0]!;
};
const send = (mailId: string) => sendMail({ ctx, mailId });
const ask = async (identifier: string) => {
  const requestId = `request-${identifier}`;
  const to = { kind: 'email', value: identifier } as const;
  await requestCode({ ctx, identifier: to, requestId, write });
};

test('a mail lies sealed until it is sent, once, and nothing is left of it', async () => {
  const { secret, mail_id } = await invite();
  const stored = JSON.stringify(await onlyMail());
  for (const plain of [email, secret, TEXT, 'Hello']) expect(stored).not.toContain(plain);
  expect(await send(mail_id!)).toBe('sent');
  expect(mailbox.mails).toMatchObject([{ to: [email] }]);
  expect(mailbox.mails[0]?.text).toContain(`${TEXT} ${secret}`);
  expect(await waiting()).toEqual([]);
  expect(await send(mail_id!)).toBe('gone');
  expect(mailbox.mails).toHaveLength(1);
});

test('it goes out as text and as HTML, which lie sealed together', async () => {
  const name = 'A <b>&</b> B';
  const compose = (secret: string) => {
    const url = `https://consent.example/?a=1&b=${secret}`;
    const pieces = ['From A & B', { url, button: 'Choose' }, { facts: [['IP', '192.0.2.1']] }];
    return composeMail({ lang: 'en', subject: name, heading: name, pieces } as Letter);
  };
  const input = { email, role: 'viewer' } as const;
  const { mail_id, secret } = await inviteUser({
    ctx,
    companyId: company.id,
    caller: CALLER,
    write: compose,
    input,
  });
  const stored = JSON.stringify(await onlyMail());
  for (const plain of [secret, 'html', 'Choose']) expect(stored).not.toContain(plain);
  await send(mail_id!);
  const [mail] = mailbox.mails;
  expect(mail?.raw).toMatch(/^Content-Type: multipart\/alternative/im);
  expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated/im);
  expect(mail?.text).toContain(`${name}\r\n\r\nFrom A & B\r\n\r\nhttps://`);
  expect(mail?.text).toContain('IP: 192.0.2.1');
  expect(mail?.html).toContain('A &lt;b&gt;&amp;&lt;/b&gt; B</h1>');
  expect(mail?.html).toContain(`href="https://consent.example/?a=1&amp;b=${secret}"`);
  for (const fact of ['From A &amp; B', '192.0.2.1']) expect(mail?.html).toContain(fact);
  // Nothing is loaded when it is read.
  expect(mail?.html).not.toMatch(/<(?!html|a\b)[^>]*(src|href|url\()|<style|<script/i);
});

test('it is written if and only if what it tells is', async () => {
  const input = { email, role: 'viewer' } as const;
  const by = { ctx, companyId: company.id, caller: CALLER, write, input };
  const fail = () => Promise.reject(new Error('no commit'));
  await expect(inviteUser({ ...by, completion: fail })).rejects.toThrow('no commit');
  expect(await waiting()).toEqual([]);
  expect(await collections(ctx).invitations.countDocuments({ email })).toBe(0);
  await invite();
  expect(await onlyMail()).toMatchObject({ kind: 'invitation', company_id: company.id });
});

describe('it is not sent', () => {
  test('once it has expired, and MongoDB removes it then', async () => {
    const { mail_id, expires_at } = await invite();
    const { expires_at: until } = await onlyMail();
    expect(Math.abs(until.getTime() - expires_at.getTime())).toBeLessThan(1_000);
    await collections(ctx).mails.updateOne({}, { $set: { expires_at: new Date() } });
    expect(await send(mail_id!)).toBe('expired');
    expect([mailbox.mails, await waiting()]).toEqual([[], []]);
    expect(await collections(ctx).mails.indexes()).toContainEqual(
      expect.objectContaining({ key: { expires_at: 1 }, expireAfterSeconds: 0 }),
    );
  });

  test('when its link was cancelled, or another one has taken its place', async () => {
    const first = await invite();
    const second = await invite();
    expect(await send(first.mail_id!)).toBe('not_wanted');
    const { _id: invitationId } = (await collections(ctx).invitations.findOne({ email }))!;
    await cancelInvitation({ ctx, companyId: company.id, invitationId, caller: CALLER });
    expect(await send(second.mail_id!)).toBe('not_wanted');
    expect([mailbox.mails, await waiting()]).toEqual([[], []]);
  });

  test('when it brings a code to somebody who has no consent', async () => {
    await makeCertificate(ctx, company, { email });
    await ask(email);
    expect(await send((await onlyMail())._id)).toBe('sent');
    const stranger = `stranger@${company.id}.example`;
    await ask(stranger);
    expect(await send((await onlyMail())._id)).toBe('not_wanted');
    expect(mailbox.mails.map(({ to }) => to)).toEqual([[email]]);
  });

  test('as another mail: a body opens under its own id only', async () => {
    const { mail_id } = await invite();
    const other = await invite(`other@${company.id}.example`);
    const { sealed } = (await ctx.store.mails.find(other.mail_id!))!;
    await collections(ctx).mails.updateOne({ _id: mail_id! }, { $set: { sealed } });
    await expect(send(mail_id!)).rejects.toMatchObject({
      code: 'mail_unreadable',
      retryable: true,
    });
    expect(mailbox.mails).toEqual([]);
    expect(await waiting()).toHaveLength(2);
  });
});

test('it opens under a key that is no longer the newest', async () => {
  const { mail_id: id, secret } = await invite();
  const { sealed } = await onlyMail();
  const opened = (identifierKeys: [string, ...string[]]) =>
    openMail({ ctx: { ...ctx, config: { ...ctx.config, identifierKeys } }, id: id!, sealed });
  const [key] = ctx.config.identifierKeys;
  expect(opened(['another-identifier-key', key])?.text).toContain(secret);
  expect(opened(['another-identifier-key'])).toBeNull();
});

describe('the mail server', () => {
  test('says that there is nobody of that name: it is given up', async () => {
    const { mail_id } = await invite();
    mailbox.refusals.set(email, '550 5.1.1 no such user');
    expect(await send(mail_id!)).toBe('refused');
    expect(await waiting()).toEqual([]);
  });

  test('takes the connection and says nothing: it is tried again', async () => {
    const { mail_id } = await invite();
    mailbox.hanging.is = true;
    try {
      await expect(send(mail_id!)).rejects.toMatchObject({
        code: 'mail_server_away',
        retryable: true,
      });
    } finally {
      mailbox.hanging.is = false;
    }
    expect(await send(mail_id!)).toBe('sent');
  }, 30_000);

  test.each(['550 5.7.1 not from you', '554 no', '450 later', '452 4.2.2 mailbox full'])(
    'says %s: it is tried again',
    async (refusal) => {
      const { mail_id } = await invite();
      mailbox.refusals.set(email, refusal);
      const logged = jest.spyOn(ctx.log, 'error');
      await expect(send(mail_id!)).rejects.toMatchObject({
        code: 'mail_server_refused',
        retryable: true,
      });
      expect(JSON.stringify(logged.mock.lastCall)).not.toContain('example');
      mailbox.refusals.delete(email);
      expect(await send(mail_id!)).toBe('sent');
    },
  );
});

test('a worker that dies right after sending sends once more, under the same Message-ID', async () => {
  const { mail_id } = await invite();
  ctx.reach = () => Promise.reject(new Error('the process dies'));
  await expect(send(mail_id!)).rejects.toThrow('the process dies');
  ctx.reach = () => Promise.resolve();
  expect(await send(mail_id!)).toBe('sent');
  const ids = mailbox.mails.map(({ raw }) => /^Message-ID: (<.+>)/im.exec(raw)?.[1]);
  expect(ids).toEqual([ids[0], ids[0]]);
  expect(ids[0]).toContain(mail_id);
});
