import fc from 'fast-check';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { testConfig } from '../../helpers/settings';
import { walletOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';
import { expectSoundBooks } from './expect-sound-books';
import { type Books, costOf, openBooks, PRICES, type Step, take, toggle } from './ledger-model';
import { type Fault, startProcess } from './ledger-process';

const which = fc.nat(1);
const kind = fc.constantFrom('session' as const, 'certificate' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 7,
    // Few keys, so that many calls are retries of others.
    arbitrary: fc.record({
      do: fc.constant('check' as const),
      key: fc.option(fc.nat(5), { nil: null }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('top up' as const), payment: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('retain' as const, 'settle retention' as const),
      session: which,
      kind,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke' as const), consent: which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('finish revocations' as const),
      consents: fc.subarray([0, 1], { minLength: 1 }),
    }),
  },
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('none' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('no commit' as const, 'commit not acknowledged' as const),
  },
  { weight: 5, arbitrary: fc.record({ diesAt: fc.integer({ min: 1, max: 12 }) }) },
);

/** Little, so that it runs short, or enough for some rounds. */
const funds = fc.constantFrom(0, 20 * PRICES.check);

/** What happens at once or in turns, spread over two processes. */
const round = fc.record({
  inTurns: fc.boolean(),
  steps: fc.array(fc.record({ step, process: which }), { minLength: 4, maxLength: 16 }),
  faults: fc.tuple(fault, fault),
  toggled: fc.option(which, { nil: null, freq: 2 }),
});
type Round = typeof round extends fc.Arbitrary<infer R> ? R : never;

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  const settings = {
    PRICE_CHECK_MICROUSD: String(PRICES.check),
    PRICE_SESSION_RETENTION_MICROUSD: String(PRICES.retention),
    PRICE_CERTIFICATE_RETENTION_MICROUSD: String(PRICES.retention),
    PRICE_ATTESTR_REVOCATION_MICROUSD: String(PRICES.revocation),
  };
  ({ ctx, close } = await openContext(testConfig(settings), 'web'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

test('no crash loses or makes money, pays twice, goes below zero, or breaks a chain', async () => {
  await fc.assert(
    fc.asyncProperty(
      funds,
      // Whether the first process lives, and knows pages of its own that others follow on; the second
      // is always started anew.
      fc.boolean(),
      fc.array(round, { minLength: 3, maxLength: 5 }),
      async (money, lives, rounds) => {
        const books = await openBooks(ctx, money);
        const first = startProcess(ctx, 'none');
        const priced: Step = { do: 'revoke', consent: 0 };
        if (money === 0) expect(await take(books, first, priced)).toBe(true);
        for (const { faults, ...events } of rounds) {
          const [one, other] = faults.map((fault) => startProcess(ctx, fault));
          await play(books, [lives ? first : one!, other!], events);
          await expectSoundBooks(ctx, books);
        }
        await takeTurns(books);
        await endAll(books);
      },
    ),
    // No shrinking: the same steps take other turns the next time.
    { numRuns: 6, endOnFailure: true },
  );
});

/** Takes the steps of a round; what is refused for money, it may not have reached. */
async function play(
  books: Books,
  processes: ReturnType<typeof startProcess>[],
  { inTurns, steps, toggled }: Omit<Round, 'faults'>,
): Promise<void> {
  if (toggled !== null) await toggle(ctx, books, toggled);
  const available = (await walletOf(ctx, books.company._id))!.available_microusd;
  const spent = steps.reduce((sum, { step }) => sum + costOf(step), 0);
  const one = async ({ step, process }: Round['steps'][number]): Promise<void> => {
    const isRefused = await take(books, processes[process]!, step);
    // With `spent`, which includes its own cost, everything would be paid for.
    if (isRefused) expect(available).toBeLessThan(spent);
  };
  if (inTurns) for (const each of steps) await one(each);
  else await Promise.all(steps.map(one));
  // In time, the leases of processes that died run out.
  await collections(ctx).idempotency.updateMany(
    { _id: { $in: [...books.keys] }, state: 'running' },
    { $set: { lease_until: new Date(0) } },
  );
}

/** Two that know of each other's pages by turns: neither writes over what the other has written. */
async function takeTurns(books: Books): Promise<void> {
  const [one, other] = [startProcess(ctx, 'none'), startProcess(ctx, 'none')];
  await take(books, one, { do: 'top up', payment: 4 });
  for (const process of [one, other, one]) await take(books, process, { do: 'check', key: null });
}

/** What is reserved can be settled, whatever has happened; then nothing is reserved any more. */
async function endAll(books: Books): Promise<void> {
  const process = startProcess(ctx, 'none');
  const sessions = [0, 1].flatMap((session) =>
    (['session', 'certificate'] as const).map((kind) => ({ session, kind })),
  );
  const ends: Step[] = [
    ...sessions.map((at) => ({ ...at, do: 'settle retention' as const })),
    { do: 'finish revocations', consents: [0, 1] },
  ];
  await Promise.all(ends.map((end) => take(books, process, end)));
  await expectSoundBooks(ctx, books);
  expect((await walletOf(ctx, books.company._id))?.reserved_microusd).toBe(0);
}
