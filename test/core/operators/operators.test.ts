import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { changePassword } from '../../../src/core/operators/change-password';
import { findLink } from '../../../src/core/operators/follow-link';
import { inviteOperator, resetOperator } from '../../../src/core/operators/invite-operator';
import { listOperators } from '../../../src/core/operators/list-operators';
import { removeOperator } from '../../../src/core/operators/remove-operator';
import { resumeSession } from '../../../src/core/operators/session';
import { signOut } from '../../../src/core/operators/sign-in';
import { tryPassword } from '../../../src/core/operators/try-password';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/lib/durations';
import { hashSecret } from '../../../src/lib/random-ids';
import { collections } from '../../helpers/collections';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import {
  anEmail,
  enter,
  follow,
  invite,
  IP,
  makeOperator,
  operatorEntries,
  PASSWORD,
  TOKEN,
} from './scene';

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

const open = async (email: string, password = PASSWORD, ip = IP) =>
  (await enter(ctx, { email, password, ip })).secret;
const who = (secret: string, now = ctx.now()) => resumeSession({ ctx, secret, ip: IP, now });
const later = (ms: number) => new Date(ctx.now().getTime() + ms);
const GONE = { code: 'invitation_not_found' };
const WRONG = { code: 'unauthenticated' };

describe('links', () => {
  test('a link lets one person choose a password, once', async () => {
    const { operator, secret, expires_at } = await invite(ctx);
    expect(operator).toMatchObject({ role: 'admin', state: 'invited' });
    expect(expires_at.getTime() - ctx.now().getTime()).toBeLessThanOrEqual(72 * HOUR_MS);
    await expect(open(operator.email)).rejects.toMatchObject(WRONG);
    expect(await findLink({ ctx, secret })).toEqual({ email: operator.email });
    const tries = await Promise.allSettled([follow(ctx, secret), follow(ctx, secret)]);
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(follow(ctx, secret)).rejects.toMatchObject(GONE);
    const principal = await who(await open(` ${operator.email.toUpperCase()}`));
    expect(principal).toMatchObject({ role: 'admin', named: { email: operator.email } });
    expect(JSON.stringify(principal)).not.toMatch(/scrypt|_hash/);
    const listed = (await listOperators({ ctx })).find(({ email }) => email === operator.email);
    expect(listed).toMatchObject({ state: 'active', link_expires_at: null });
  });

  test('a weak password is refused, and uses nothing up', async () => {
    const { operator, secret } = await invite(ctx);
    for (const weak of ['password1234', `${operator.email}!`]) {
      await expect(follow(ctx, secret, weak)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await follow(ctx, secret);
  });

  test('a link expires, and a newer one replaces it', async () => {
    const { operator, secret } = await invite(ctx);
    await collections(ctx).operatorLinks.updateOne(
      { _id: hashSecret(secret) },
      { $set: { expires_at: ctx.now() } },
    );
    await expect(follow(ctx, secret)).rejects.toMatchObject(GONE);
    const operatorId = operator.operator_id;
    const first = await resetOperator({ ctx, caller: TOKEN, operatorId });
    const second = await resetOperator({ ctx, caller: TOKEN, operatorId });
    await expect(findLink({ ctx, secret: first.secret })).rejects.toMatchObject(GONE);
    await follow(ctx, second.secret);
    await open(operator.email);
  });

  test('a link dies with its maker’s rights, and with the subject’s password change', async () => {
    const [maker, other, subject] = [
      await makeOperator(ctx),
      await makeOperator(ctx),
      await makeOperator(ctx),
    ];
    const made = await invite(ctx, maker.caller);
    const reset = await resetOperator({ ctx, caller: other.caller, operatorId: subject.id });
    await removeOperator({ ctx, caller: TOKEN, operatorId: maker.id });
    await expect(findLink({ ctx, secret: made.secret })).rejects.toMatchObject(GONE);
    const by = (await who(await open(subject.email)))!;
    const next = 'another heap of unrelated words';
    await changePassword({ ctx, by, current: PASSWORD, next });
    await expect(findLink({ ctx, secret: reset.secret })).rejects.toMatchObject(GONE);
    // Demoted in the meantime.
    const late = await invite(ctx, other.caller);
    await collections(ctx).operators.updateOne({ _id: other.id }, { $set: { role: 'viewer' } });
    await expect(follow(ctx, late.secret)).rejects.toMatchObject(GONE);
  });

  test('of one email there is one operator; one who was removed may be invited again', async () => {
    const email = anEmail();
    const tries = await Promise.allSettled([1, 2, 3].map(() => invite(ctx, TOKEN, email)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(invite(ctx, TOKEN, email)).rejects.toMatchObject({ code: 'already_exists' });
    const { operator_id } = (await listOperators({ ctx })).find((one) => one.email === email)!;
    await removeOperator({ ctx, caller: TOKEN, operatorId: operator_id });
    await invite(ctx, TOKEN, email);
  });

  test('a form that is sent twice makes one link, and none once that was used', async () => {
    const request = {
      ctx,
      caller: TOKEN,
      operationId: 'op_AAAAAAAAAAAAAAAAAAAAAA',
      input: { email: anEmail(), role: 'viewer' as const },
    };
    const [one, two] = [await inviteOperator(request), await inviteOperator(request)];
    expect(two.secret).toBe(one.secret);
    const entries = await operatorEntries(ctx, 'operator.invited');
    const reason = `${one.operator.operator_id} viewer`;
    expect(entries.filter((entry) => entry.reason === reason)).toHaveLength(1);
    await follow(ctx, one.secret);
    await expect(inviteOperator(request)).rejects.toMatchObject({ code: 'already_exists' });
  });
});

describe('signing in', () => {
  test('a wrong password and an unknown email are refused alike, and slowed down alike', async () => {
    const { id, email } = await makeOperator(ctx);
    for (const one of [email, anEmail()]) {
      for (let i = 0; i < 10; i++) {
        await expect(open(one, 'wrong', '198.51.100.1')).rejects.toMatchObject(WRONG);
      }
      await expect(open(one, PASSWORD, '198.51.100.1')).rejects.toMatchObject({
        code: 'too_many_requests',
        extra: { retryAfterSeconds: expect.any(Number) as number },
      });
    }
    // Nobody else is held up; the owner is told.
    const principal = await who(await open(email, PASSWORD, '198.51.100.2'));
    expect(principal?.named?.notice).toMatchObject({ count: 10, ip: '198.51.100.1' });
    const told = await operatorEntries(ctx, 'operator.wrong_passwords', 1);
    expect(told).toMatchObject([{ actor: { type: 'system' }, reason: `10 for ${id}` }]);
  });

  test('simultaneous tries count; a browser that is known counts by itself', async () => {
    const { email } = await makeOperator(ctx);
    const { device } = await enter(ctx, { email });
    const tries = await Promise.allSettled(
      Array.from({ length: 14 }, () => tryPassword({ ctx, email, password: 'wrong', ip: IP })),
    );
    expect(tries.filter((one) => one.status === 'rejected')).toHaveLength(4);
    await enter(ctx, { email, device: device ?? undefined });
  });

  test('the operator token signs in under its name, whatever was tried before', async () => {
    for (let i = 0; i < 12; i++) await expect(open('operator', 'no')).rejects.toMatchObject(WRONG);
    const secret = await open('operator', ctx.config.operatorToken);
    expect(await who(secret)).toMatchObject({ named: null, role: 'admin' });
    // Another token: its sessions are over.
    const config = { ...ctx.config, operatorToken: 'another-operator-token-0123456789' };
    const changed = Object.create(ctx, { config: { value: config } }) as Context;
    expect(await resumeSession({ ctx: changed, secret, ip: IP })).toBeNull();
  });

  test('a session ends when idle, at last anyway, and at once with its operator', async () => {
    const { id, email } = await makeOperator(ctx);
    const secret = await open(email);
    expect(await who(secret, later(12 * HOUR_MS + MINUTE_MS))).toBeNull();
    for (let hours = 11; hours < 7 * 24; hours += 11) {
      expect(await who(secret, later(hours * HOUR_MS))).not.toBeNull();
    }
    expect(await who(secret, later(7 * DAY_MS + MINUTE_MS))).toBeNull();
    const other = await open(email);
    await removeOperator({ ctx, caller: TOKEN, operatorId: id });
    expect(await who(other)).toBeNull();
    await expect(open(email)).rejects.toMatchObject(WRONG);
  });

  test('the previous session of a browser ends, and signing out is once', async () => {
    const { email } = await makeOperator(ctx);
    const first = await open(email);
    const { secret } = await enter(ctx, { email, previousSecret: first });
    expect(await who(first)).toBeNull();
    const by = (await who(secret))!;
    await Promise.all([signOut({ ctx, by, secret }), signOut({ ctx, by, secret })]);
    expect(await who(secret)).toBeNull();
    const out = await operatorEntries(ctx, 'operator.signed_out');
    expect(out.filter(({ actor }) => actor.id === by.caller.actor.id)).toHaveLength(1);
  });

  test('a changed password ends all sessions but the new one', async () => {
    const { email } = await makeOperator(ctx);
    const [here, there] = [await open(email), await open(email)];
    const by = (await who(here))!;
    const change = (current: string, next: string) => changePassword({ ctx, by, current, next });
    const details = (path: string) => ({ extra: { details: [{ path }] } });
    const good = 'another heap of unrelated words';
    await expect(change('wrong', good)).rejects.toMatchObject(details('current_password'));
    await expect(change(PASSWORD, 'password1234')).rejects.toMatchObject(details('password'));
    const secret = await change(PASSWORD, good);
    expect([await who(here), await who(there)]).toEqual([null, null]);
    expect(await who(secret)).not.toBeNull();
    await open(email, good);
  });
});

test('nobody removes themselves, and two who remove each other leave the token', async () => {
  const [one, two] = [await makeOperator(ctx), await makeOperator(ctx)];
  const remove = (by: typeof one, operatorId: string) =>
    removeOperator({ ctx, caller: by.caller, operatorId });
  await expect(remove(one, one.id)).rejects.toMatchObject({ code: 'invalid_request' });
  await Promise.all([remove(one, two.id), remove(two, one.id)]);
  await expect(remove(one, two.id)).rejects.toMatchObject({ code: 'operator_not_found' });
  await open('operator', ctx.config.operatorToken);
});
