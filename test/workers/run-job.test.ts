import type { Context } from '../../src/context';
import { openContext } from '../helpers/context';
import { AppError } from '../../src/errors';
import { JOBS } from '../../src/jobs/catalog';
import { revocationsOf } from '../../src/jobs/revocation-ids';
import { startConsumers } from '../../workers/consumers';
import type { Handlers } from '../../workers/handler';
import { HANDLERS } from '../../workers/handlers';
import { runJob } from '../../workers/run-job';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';

const SECRET = 'jo@example.com';
const never = new AbortController().signal;

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
});

afterAll(() => close());

type FollowUp = Handlers['follow-up-revocation'];
const withFollowUp = (handler: FollowUp) => ({ ...HANDLERS, 'follow-up-revocation': handler });

function run(handler: FollowUp, job: Partial<{ kind: string; payload: unknown }> = {}) {
  const taken = { kind: 'follow-up-revocation', payload: { revocation_id: 'rev_1' }, ...job };
  return runJob({
    ctx,
    handlers: withFollowUp(handler),
    job: { id: '1', attempt: 1, ...taken },
    stop: never,
  });
}

const caught = (work: Promise<unknown>) => work.catch((error: unknown) => error as Error);

test('the outcome of the handler is the result of the job', async () => {
  // Not in the contract, so that it can only come from the handler.
  const handler: FollowUp = ({ payload }) =>
    Promise.resolve(`done ${revocationsOf(payload).join()}` as 'done');
  await expect(run(handler)).resolves.toBe('done rev_1');
});

test('an outcome that the contract does not name does not compile', () => {
  // @ts-expect-error -- the contract has no `ended`.
  const handler: FollowUp = () => Promise.resolve('ended');
  expect(handler).toBeDefined();
  expect(JOBS['follow-up-revocation'].outcomes).not.toContain('ended');
});

test.each([
  ['an unknown kind', { kind: 'no-such-kind' }, 'unknown_kind'],
  ['a name that every object has', { kind: 'toString' }, 'unknown_kind'],
  ['an invalid payload', { payload: { revocation_id: '' } }, 'invalid_payload'],
  ['no payload', { payload: null }, 'invalid_payload'],
])('%s is not retried, and no handler sees it', async (_, job, code) => {
  const handler = jest.fn<ReturnType<FollowUp>, Parameters<FollowUp>>();
  const error = await caught(run(handler, job));
  expect(error).toMatchObject({ message: code, name: 'UnrecoverableError', stack: '' });
  expect(handler).not.toHaveBeenCalled();
});

test.each([
  ['a refusal that is final', new AppError('certificate_not_found'), false],
  ['a refusal that may pass', new AppError('unavailable'), true],
  ['MongoDB not answering', Object.assign(new Error(SECRET), { name: 'MongoNetworkError' }), true],
  ['anything else', new Error(`E11000 duplicate key ${SECRET}`), true],
])('%s is reported as a code only', async (_, thrown, retried) => {
  const error = (await caught(run(() => Promise.reject(thrown)))) as Error;
  const code = thrown instanceof AppError ? thrown.code : null;
  expect(error.message).toBe(code ?? (thrown.name === 'Error' ? 'internal' : 'unavailable'));
  expect(error.name).toBe(retried ? 'Error' : 'UnrecoverableError');
  expect(error.stack).toBe('');
  expect(error.cause).toBeUndefined();
});

describe('a job that takes longer than its contract allows', () => {
  const { timeoutMs } = JOBS['follow-up-revocation'];
  beforeEach(() => (JOBS['follow-up-revocation'].timeoutMs = 30));
  afterEach(() => (JOBS['follow-up-revocation'].timeoutMs = timeoutMs));

  test('fails, and its signal is aborted', async () => {
    let aborted = false;
    const error = await caught(
      run(
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(new Error('stopped halfway'));
            });
          }),
      ),
    );
    expect(error).toMatchObject({ message: 'timeout', name: 'Error' });
    expect(aborted).toBe(true);
  });

  test('fails even when it ignores the signal', async () => {
    const error = await caught(run(() => new Promise(() => undefined)));
    expect(error).toMatchObject({ message: 'timeout' });
  });
});

test('each attempt is counted by kind and outcome', async () => {
  await run(() => Promise.resolve('gone'));
  await caught(run(() => Promise.resolve('done'), { kind: 'no-such-kind' }));
  const text = await ctx.metrics.registry.getSingleMetricAsString('rescind_job_attempts_total');
  expect(text).toContain('{kind="follow-up-revocation",outcome="gone"} 1');
  expect(text).toMatch(/\{kind="unknown",outcome="unknown_kind"\} \d/);
  expect(text).not.toContain('no-such-kind');
});

describe('in Redis', () => {
  const queue = () => ctx.queues.byName['opt-outs'];
  let consumers: ReturnType<typeof startConsumers> | null = null;
  const work = (handler: FollowUp) => {
    consumers = startConsumers(ctx, withFollowUp(handler));
  };

  afterEach(async () => {
    await consumers?.close(1_000);
    consumers = null;
    await queue().obliterate({ force: true });
  });

  /** Everything that Redis holds of a job, as text. */
  async function stored(id: string): Promise<string> {
    const prefix = ctx.config.redisPrefix;
    const job = await ctx.queues.redis.hgetall(`${prefix}:opt-outs:${id}`);
    const events = await ctx.queues.redis.xrange(`${prefix}:opt-outs:events`, '-', '+');
    return JSON.stringify([job, events]);
  }

  test('a failure is stored as a code, without message, data or stack', async () => {
    work(() => Promise.reject(new Error(`E11000 dup key: { email: "${SECRET}" }`)));
    const payload = { revocation_id: 'rev_1' };
    const job = await queue().add('follow-up-revocation', payload, { attempts: 2 });
    const failed = await until('the job has failed', async () => {
      const found = await queue().getJob(job.id!);
      return found?.finishedOn ? found : null;
    });
    expect(failed).toMatchObject({ failedReason: 'internal', attemptsMade: 2, stacktrace: [] });
    const text = await stored(job.id!);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('E11000');
    expect(text).not.toContain('.ts:');
  });

  test('an invalid payload fails at the first attempt', async () => {
    work(() => Promise.resolve('done'));
    const job = await queue().add('follow-up-revocation', { revocation_id: 7 }, { attempts: 8 });
    const failed = await until('the job has failed', async () => {
      const found = await queue().getJob(job.id!);
      return found?.finishedOn ? found : null;
    });
    expect(failed).toMatchObject({ failedReason: 'invalid_payload', attemptsMade: 1 });
  });

  test('a job is retried as its contract says, and its outcome is kept', async () => {
    let attempts = 0;
    work(() =>
      ++attempts < 2
        ? Promise.reject(new AppError('unavailable'))
        : Promise.resolve('already_done'),
    );
    await ctx.queues.enqueue('follow-up-revocation', { revocation_id: 'rev_2' }, 'rev_2');
    const [job] = await until('the job is done', async () => {
      const found = await queue().getCompleted();
      return found.length > 0 && found;
    });
    expect(job).toMatchObject({ returnvalue: 'already_done', attemptsMade: 2 });
    expect(job!.opts.attempts).toBe(JOBS['follow-up-revocation'].attempts);
  });

  test('closing waits for the job under way, but not for ever, and leaves it to other workers', async () => {
    let aborted = false;
    work(({ signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    });
    await ctx.queues.enqueue('follow-up-revocation', { revocation_id: 'rev_3' }, 'rev_3');
    await until('the job is under way', async () => (await queue().getActiveCount()) === 1);
    // The job never ends: that this does is the proof.
    await consumers?.close(300);
    expect(aborted).toBe(true);
    expect(await queue().getActiveCount()).toBe(1);
  });
});
