import { TOTP } from 'otpauth';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { getTwoStep } from '../../../src/core/two-step/get-two-step';
import { renewRecoveryCodes } from '../../../src/core/two-step/renew-recovery-codes';
import { setUp } from '../../../src/core/two-step/set-up';
import { stepOfCode } from '../../../src/core/two-step/totp';
import { tryCode } from '../../../src/core/two-step/try-code';
import { turnOff } from '../../../src/core/two-step/turn-off';
import { turnOn } from '../../../src/core/two-step/turn-on';
import { useCode } from '../../../src/core/two-step/use-code';
import { newId } from '../../../src/lib/random-ids';
import { collections } from '../../helpers/collections';
import { type Service, startService } from '../../helpers/service';
import { codeOf, turnedOn } from './scene';

let service: Service;
let account: string;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(() => {
  account = newId('usr');
});

const use = (code: string, at: Context = ctx()) =>
  at.store.transaction((session) => useCode({ ctx: at, account, code, session }));
const turnOnWith = (sealed: string, code: string, of = account) =>
  ctx().store.transaction((session) => turnOn({ ctx: ctx(), account: of, sealed, code, session }));
const WRONG = { code: 'code_wrong' };
const USED = { code: 'code_used' };

test('codes are those of RFC 6238', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [2000000000, '279037'],
  ] as const) {
    const step = Math.floor(seconds / 30);
    expect(stepOfCode(secret, code, new Date(seconds * 1_000))).toBe(step);
  }
});

describe('turning it on', () => {
  test('takes a right code, and stores nothing before', async () => {
    const { sealed, key, uri } = setUp({ ctx: ctx(), account, name: 'a+b@example.com' });
    expect(uri).toContain(`secret=${key}`);
    for (const code of ['', '000000', codeOf(ctx(), key, -2), codeOf(ctx(), key, 3), 'abc']) {
      await expect(turnOnWith(sealed, code)).rejects.toMatchObject(WRONG);
    }
    expect(await getTwoStep({ ctx: ctx(), account })).toBeNull();
    const code = codeOf(ctx(), key);
    const { codes } = await turnOnWith(sealed, `${code.slice(0, 3)} ${code.slice(3)}`);
    expect(codes).toHaveLength(10);
    expect(await getTwoStep({ ctx: ctx(), account })).toMatchObject({ recovery_codes_left: 10 });
    const stored = JSON.stringify(await collections(ctx()).twoSteps.findOne({ _id: account }));
    for (const secret of [key, ...codes]) expect(stored).not.toContain(secret);
    // The code that turned it on has been used.
    await expect(use(code)).rejects.toMatchObject(USED);
  });

  test('is for the account that began it, and goes on with what it began', async () => {
    const { sealed, key } = setUp({ ctx: ctx(), account, name: 'x' });
    expect(setUp({ ctx: ctx(), account, name: 'x', sealed }).key).toBe(key);
    const other = newId('usr');
    expect(setUp({ ctx: ctx(), account: other, name: 'x', sealed }).key).not.toBe(key);
    await expect(turnOnWith(sealed, codeOf(ctx(), key), other)).rejects.toMatchObject({
      extra: { details: [{ path: 'setup' }] },
    });
  });

  test('twice by the same form gives the same codes; by another it is on already', async () => {
    const { sealed, key } = setUp({ ctx: ctx(), account, name: 'x' });
    const code = codeOf(ctx(), key);
    const first = await turnOnWith(sealed, code);
    expect(await turnOnWith(sealed, code)).toEqual({ codes: first.codes, isNew: false });
    const again = setUp({ ctx: ctx(), account, name: 'x' });
    await expect(turnOnWith(again.sealed, codeOf(ctx(), again.key))).rejects.toMatchObject({
      code: 'already_exists',
    });
  });
});

describe('a code', () => {
  test('may be a step early or late, not more', async () => {
    const { key } = await turnedOn(ctx(), account);
    await expect(use(codeOf(ctx(), key, -2))).rejects.toMatchObject(WRONG);
    await expect(use(codeOf(ctx(), key, 3))).rejects.toMatchObject(WRONG);
    expect(await use(codeOf(ctx(), key, 1))).toEqual({ kind: 'app' });
    const [at, step] = [1_800_000_000, 60_000_000];
    const code = new TOTP({ secret: key }).generate({ timestamp: at * 1_000 });
    const asked = (seconds: number) => stepOfCode(key, code, new Date((at + seconds) * 1_000));
    for (const seconds of [-30, -1, 0, 29, 30, 59]) expect(asked(seconds)).toBe(step);
    for (const seconds of [-31, 60, 90]) expect(asked(seconds)).toBeNull();
  });

  test('works once, and none before it afterwards', async () => {
    const { key } = await turnedOn(ctx(), account);
    const [now, next] = [codeOf(ctx(), key), codeOf(ctx(), key, 1)];
    await use(next);
    await expect(use(next)).rejects.toMatchObject(USED);
    await expect(use(now)).rejects.toMatchObject(USED);
  });

  test('works once in two processes at once', async () => {
    const other = await openContext(ctx().config, 'web');
    try {
      const { key, codes } = await turnedOn(ctx(), account);
      for (const code of [codeOf(ctx(), key, 1), codes[0]!]) {
        const tries = await Promise.allSettled(
          [ctx(), other.ctx, ctx(), other.ctx].map((at) => use(code, at)),
        );
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }
    } finally {
      await other.close();
    }
  });

  test('stays good when what it was for does not happen', async () => {
    const { key, codes } = await turnedOn(ctx(), account);
    for (const code of [codeOf(ctx(), key, 1), codes[0]!]) {
      const failing = ctx().store.transaction(async (session) => {
        await useCode({ ctx: ctx(), account, code, session });
        throw new Error('the power failed');
      });
      await expect(failing).rejects.toThrow('the power failed');
      await use(code);
    }
  });

  test('is refused where two-step sign-in is off', async () => {
    const { key } = await turnedOn(ctx(), account);
    const off = () =>
      ctx().store.transaction((session) => turnOff({ ctx: ctx(), account, session }));
    await off();
    await expect(use(codeOf(ctx(), key, 1))).rejects.toMatchObject({ code: 'two_step_off' });
    await expect(off()).rejects.toMatchObject({ code: 'two_step_off' });
  });
});

describe('a recovery code', () => {
  test('works once, however it is typed', async () => {
    const { codes } = await turnedOn(ctx(), account);
    const [first = '', second = ''] = codes;
    const typed = ` ${first.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O')} `;
    expect(await use(typed)).toEqual({ kind: 'recovery', left: 9 });
    await expect(use(first)).rejects.toMatchObject(WRONG);
    expect(await use(second)).toEqual({ kind: 'recovery', left: 8 });
  });

  test('works for its own account only, and not after new ones were made', async () => {
    const mine = await turnedOn(ctx(), account);
    const { codes: theirs } = await turnedOn(ctx(), newId('usr'));
    await expect(use(theirs[0]!)).rejects.toMatchObject(WRONG);
    const renewed = await ctx().store.transaction((session) =>
      renewRecoveryCodes({ ctx: ctx(), account, session }),
    );
    await expect(use(mine.codes[0]!)).rejects.toMatchObject(WRONG);
    expect(await use(renewed[0]!)).toEqual({ kind: 'recovery', left: 9 });
  });

  test('and the app’s codes are still right when the key is replaced', async () => {
    const { key, codes } = await turnedOn(ctx(), account);
    const { config } = ctx();
    const keys = ['a'.repeat(40), ...config.identifierKeys] as [string, ...string[]];
    const other = await openContext({ ...config, identifierKeys: keys }, 'web');
    try {
      await use(codes[0]!, other.ctx);
      await use(codeOf(ctx(), key, 1), other.ctx);
    } finally {
      await other.close();
    }
  });
});

test('tries are counted before they are made, and those after ten wait', async () => {
  const { key } = await turnedOn(ctx(), account);
  const told: number[] = [];
  const attempt = (code: string, from = 'anywhere') =>
    tryCode({
      ctx: ctx(),
      account,
      from,
      attempt: () => use(code),
      onManyWrong: (count) => Promise.resolve(void told.push(count)),
    });
  const tries = await Promise.allSettled(Array.from({ length: 13 }, () => attempt('000000')));
  const codes = tries.map(
    (one) => one.status === 'rejected' && (one.reason as { code: string }).code,
  );
  expect(codes.filter((code) => code === 'code_wrong')).toHaveLength(10);
  expect(codes.filter((code) => code === 'too_many_requests')).toHaveLength(3);
  expect(told).toEqual([10]);
  await expect(attempt(codeOf(ctx(), key, 1))).rejects.toMatchObject({
    code: 'too_many_requests',
    extra: { retryAfterSeconds: 60 },
  });
  // Elsewhere they hold up nobody.
  await attempt(codeOf(ctx(), key, 1), 'a known device');
});
