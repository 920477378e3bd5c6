import fc from 'fast-check';
import { toAppError } from '../../../src/http/request-errors';
import { acquireKey } from '../../../src/core/idempotency/acquire-key';
import { releaseKey } from '../../../src/core/idempotency/hold-key';
import { type Check, createCheck } from '../../../src/core/verification/check';
import { followPages, NOTHING_PROVED } from '../../../src/core/wallet/follow-pages';
import { availableIn } from '../../../src/core/wallet/lanes';
import { topUp } from '../../../src/core/wallet/top-up';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { movementsOf, walletOf } from '../../helpers/wallet';

const PRICE = 15_000;

/** One event; those of a round happen at once, spread over the checkers of two processes. */
type Step =
  | { do: 'top-up'; payment: number; checks: number }
  | { do: 'check'; key: number | null; process: 0 | 1 };

/** What goes wrong in a round: transactions die before the commit, or it is not acknowledged. */
type Fault = 'none' | 'dies before commit' | 'not acknowledged';

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('top-up' as const),
      payment: fc.nat(5),
      checks: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('check' as const),
      // Few keys, so that many calls are retries of others.
      key: fc.option(fc.nat(7), { nil: null }),
      process: fc.constantFrom(0 as const, 1 as const),
    }),
  },
);
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  fault: fc.constantFrom<Fault>('none', 'none', 'dies before commit', 'not acknowledged'),
});

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** The service's context, with the current fault injected into its transactions. */
function faultyContext(fault: () => Fault): Service['ctx'] {
  const { store } = service.ctx;
  const transaction: typeof store.transaction = async (work) => {
    const result = await store.transaction(async (session) => {
      const done = await work(session);
      if (fault() === 'dies before commit') throw labelled('MongoNetworkError', 'ResetPool');
      return done;
    });
    if (fault() === 'not acknowledged') {
      throw labelled('MongoNetworkError', 'UnknownTransactionCommitResult');
    }
    return result;
  };
  return { ...service.ctx, store: { ...store, transaction } };
}

/** An error as the driver throws it. */
function labelled(name: string, label: string): Error {
  return Object.assign(new Error(name), { name, errorLabels: [label] });
}

/** What callers were told. */
interface Told {
  /** Answered checks without a key, and those that may or may not have been charged. */
  answered: number;
  unknown: number;
  /** Keys under which there was an answer. */
  keys: Set<number>;
}

test('never goes below zero, never charges twice, never loses a line', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 5 }), async (rounds) => {
      const company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
      const { id } = await makeCertificate(service.ctx, company);
      let fault: Fault = 'none';
      const ctx = faultyContext(() => fault);
      const processes = [createCheck({ ctx }), createCheck({ ctx })] as const;
      const told: Told = { answered: 0, unknown: 0, keys: new Set() };
      for (const { steps, fault: next } of rounds) {
        fault = next;
        await Promise.all(
          steps.map((taken) =>
            taken.do === 'top-up'
              ? pay(ctx, company, taken.payment, taken.checks)
              : ask(ctx, processes[taken.process], company, id, taken.key, told),
          ),
        );
        await expectBooksInOrder(company, told);
      }
    }),
    { numRuns: 20 },
  );
});

async function pay(ctx: Service['ctx'], company: TestCompany, payment: number, checks: number) {
  const operationId = `${company.id}-${payment}-${checks}`;
  await topUp({
    ctx,
    companyId: company.id,
    amountMicrousd: checks * PRICE - 1,
    caller: CALLER,
    operationId,
  }).catch(expectUnavailable);
}

async function ask(
  ctx: Service['ctx'],
  check: Check,
  company: TestCompany,
  certificateId: string,
  key: number | null,
  told: Told,
): Promise<void> {
  const principal = (await ctx.store.companies.find(company.id))!;
  const call = {
    mode: 'match' as const,
    certificateId,
    text: CONSENT,
    by: { company: principal, caller: CALLER },
  };
  if (key === null) {
    await check(call).then(
      () => told.answered++,
      (error: unknown) => {
        if (expectRefusal(error) === 'unavailable') told.unknown++;
      },
    );
    return;
  }
  const input = { ctx, scope: company.id, key: String(key), request: certificateId };
  const acquired = await acquireKey(input).catch((error: unknown) => {
    expect(expectRefusal(error)).toBe('idempotency_running');
    return null;
  });
  if (acquired === null) return;
  const more = 'heldKey' in acquired ? { heldKey: acquired.heldKey } : { replay: acquired.replay };
  await check({ ...call, ...more }).then(
    () => told.keys.add(key),
    async (error: unknown) => {
      expectRefusal(error);
      if (more.heldKey) await releaseKey({ ctx, heldKey: more.heldKey, error });
    },
  );
}

async function expectBooksInOrder(company: TestCompany, told: Told): Promise<void> {
  const { idempotency } = collections(service.ctx);
  const movements = await movementsOf(service.ctx, company.id);
  const wallet = await walletOf(service.ctx, company.id);
  const sum = movements.reduce((total, { amount_microusd }) => total + amount_microusd, 0);
  expect(wallet?.balance_microusd).toBe(sum);
  expect(wallet?.available_microusd).toBeGreaterThanOrEqual(0);
  await expectUnbrokenChains(company.id);
  const charges = movements.filter(({ kind }) => kind === 'check_match');
  const keyed = charges.flatMap(({ key }) => key ?? []);
  expect(new Set(keyed).size).toBe(keyed.length);
  const records = await idempotency.find({ state: 'done' }).toArray();
  const operations = new Set(records.map((record) => `check:${record.operation_id}`));
  expect(keyed.every((key) => operations.has(key))).toBe(true);
  expect(keyed.length).toBeGreaterThanOrEqual(told.keys.size);
  expect(keyed.length).toBeLessThanOrEqual(8);
  const unkeyed = charges.length - keyed.length;
  expect(unkeyed).toBeGreaterThanOrEqual(told.answered);
  expect(unkeyed).toBeLessThanOrEqual(told.answered + told.unknown);
}

/** No lane's chain of pages has a gap, a fork, or a balance that its lines do not explain. */
async function expectUnbrokenChains(companyId: string): Promise<void> {
  const { ctx } = service;
  const from = NOTHING_PROVED;
  const followed = await followPages({ ctx, companyId, from, atEnd: () => Promise.resolve() });
  expect(followed).toMatchObject({ brokenPage: null, driftMicrousd: 0 });
  for (const head of followed.proved.heads) expect(availableIn(head)).toBeGreaterThanOrEqual(0);
}

function expectRefusal(error: unknown): string {
  const { code } = toAppError(error);
  expect(['unavailable', 'insufficient_balance', 'idempotency_running']).toContain(code);
  return code;
}

function expectUnavailable(error: unknown): void {
  expect(expectRefusal(error)).toBe('unavailable');
}
