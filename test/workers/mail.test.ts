import type { Context } from '../../src/context';
import { openContext } from '../helpers/context';
import { inviteUser } from '../../src/core/users/invite-user';
import { startConsumers } from '../../workers/consumers';
import { startReconciler } from '../../workers/reconciler/start-reconciler';
import { collections } from '../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../helpers/company';
import { type Mailbox, startMailbox } from '../helpers/mailbox';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';
import { ensureIndexes } from '../helpers/indexes';
import { wipeRedis } from './wipe';

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
  company = await makeCompany(ctx);
  email = `new@${company.id}.example`;
});
afterAll(async () => {
  await wipeRedis(ctx);
  await close();
  await mailbox.close();
});

const invite = () =>
  inviteUser({
    ctx,
    companyId: company.id,
    caller: CALLER,
    write: (secret) => ({ subject: 'Hello', text: secret }),
    input: { email, role: 'viewer' },
  });
const arrived = () =>
  until('the mail', () => mailbox.mails.find(({ to }) => to.includes(email)), 40_000);
const isGone = (id: string | null) =>
  until('it is removed', async () => (await ctx.store.mails.find(id ?? '')) === null);

test('a mail that nobody has enqueued is enqueued by the reconciler', async () => {
  const recorded = jest.spyOn(ctx.outbox, 'recorded').mockReturnValue(undefined);
  const { mail_id } = await invite();
  expect(recorded).toHaveBeenCalledWith('mails', mail_id);
  recorded.mockRestore();
  const reconciler = startReconciler(ctx, 50);
  const consumers = startConsumers(ctx);
  try {
    await arrived();
    await isGone(mail_id);
  } finally {
    await reconciler.stop();
    await consumers.close(1_000);
  }
});

test('while the mail server is away it is tried again, and Redis sees codes and ids only', async () => {
  const { port } = mailbox;
  await mailbox.close();
  const { mail_id, secret } = await invite();
  const consumers = startConsumers(ctx);
  try {
    const queue = ctx.queues.byName.mail;
    const job = await until('a first try', async () => {
      const delayed = await queue.getDelayed();
      return delayed.find(({ data }) => (data as { mail_id: string }).mail_id === mail_id);
    });
    expect(job).toMatchObject({ failedReason: 'mail_server_away', data: { mail_id } });
    const { redis } = ctx.queues;
    const held = await redis.hgetall(`${ctx.config.redisPrefix}:mail:${job.id ?? ''}`);
    const events = await redis.xrange(`${ctx.config.redisPrefix}:mail:events`, '-', '+');
    const text = JSON.stringify([held, events]);
    expect(text).toContain('mail_server_away');
    for (const plain of ['example', secret, 'ECONN']) expect(text).not.toContain(plain);
    expect(await collections(ctx).mails.countDocuments({ _id: mail_id! })).toBe(1);
    mailbox = await startMailbox(port);
    expect((await arrived()).text).toContain(secret);
    await isGone(mail_id);
  } finally {
    await consumers.close(1_000);
  }
});
