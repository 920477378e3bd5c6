import type { Context } from '../../../src/context';
import { followPages, NOTHING_PROVED } from '../../../src/core/wallet/follow-pages';
import { availableIn } from '../../../src/core/wallet/lanes';
import { collections } from '../../helpers/collections';
import { movementsOf, type Movement, walletOf } from '../../helpers/wallet';
import { amountOf, type Books, PRICES } from './ledger-model';

/** Whatever has happened: no money is lost or made, and nothing is paid for twice. */
export async function expectSoundBooks(ctx: Context, books: Books): Promise<void> {
  const { _id: companyId } = books.company;
  const stored = collections(ctx);
  const [wallet, movements, retentions, revocations] = await Promise.all([
    walletOf(ctx, companyId),
    movementsOf(ctx, companyId),
    stored.retentions.find({ company_id: companyId }).toArray(),
    stored.consentRevocations.find({ company_id: companyId }).toArray(),
    expectUnbrokenChains(ctx, companyId),
  ]);
  expect(wallet?.balance_microusd).toBe(sumOf(movements));
  expect(wallet?.available_microusd).toBeGreaterThanOrEqual(0);
  const open = [
    ...retentions.filter(({ state }) => state === 'reserved'),
    ...revocations.filter(({ state }) => state === 'recorded'),
  ];
  expect(wallet?.reserved_microusd).toBe(open.reduce((sum, one) => sum + one.fee_microusd, 0));

  const keys = movements.flatMap(({ key }) => key ?? []);
  expect(new Set(keys).size).toBe(keys.length);
  expectTopUps(movements, books);
  await expectChecks(ctx, movements, books);
  const charged = { session: 'session_retention', certificate: 'certificate_retention' } as const;
  for (const kind of ['session', 'certificate'] as const) {
    const done = retentions.filter((one) => one.kind === kind && one.state === 'done');
    const lines = movements.filter((one) => one.kind === charged[kind]);
    expect(lines.map(amountIn)).toEqual(done.map(() => -PRICES.retention));
  }
  expectTold(
    books,
    'retain:',
    retentions.map(({ _id }) => _id),
  );
  const debits = movements.filter(({ kind }) => kind === 'attestr_revocation');
  const completed = revocations.filter(({ state }) => state === 'completed');
  expect(debits.map(({ key }) => key).sort()).toEqual(
    completed.map(({ _id }) => `revoke:${_id}`).sort(),
  );
  expect(debits.map(amountIn)).toEqual(debits.map(() => -PRICES.revocation));
  expectTold(
    books,
    'revoke ',
    revocations.flatMap(({ consent_ids }) => consent_ids.map((id) => `revoke ${id}`)),
  );
}

function expectTopUps(movements: Movement[], books: Books): void {
  // That with which it was opened has a random key.
  const paid = movements.filter(({ key }) => key?.startsWith('topup:comp-'));
  for (const { key, amount_microusd } of paid) {
    expect(amount_microusd).toBe(amountOf(Number(key?.split('-').at(-1))));
  }
  expectTold(
    books,
    'topup:',
    paid.map(({ key }) => key!),
  );
}

/** Every charge under a key has its answer, and every answer its charge. */
async function expectChecks(ctx: Context, movements: Movement[], books: Books): Promise<void> {
  const charges = movements.filter(({ kind }) => kind === 'check_match');
  expect(charges.map(amountIn)).toEqual(charges.map(() => -PRICES.check));
  const keyed = charges.flatMap(({ key }) => key ?? []);
  const ofCompany = { _id: { $in: [...books.keys] }, state: 'done' as const };
  const answers = await collections(ctx).idempotency.find(ofCompany).toArray();
  const operations = answers.map(({ operation_id }) => `check:${operation_id}`);
  expect(keyed.sort()).toEqual(operations.sort());
  const told = [...books.once].filter(([name, how]) => name.startsWith('check ') && how === 'told');
  expect(keyed.length).toBeGreaterThanOrEqual(told.length);
  const unkeyed = charges.length - keyed.length;
  expect(unkeyed).toBeGreaterThanOrEqual(books.answered);
  expect(unkeyed).toBeLessThanOrEqual(books.answered + books.unknown);
}

/** What somebody was told is there, and nothing is that nobody asked for, or twice. */
function expectTold({ once }: Books, prefix: string, there: string[]): void {
  expect(new Set(there).size).toBe(there.length);
  for (const name of there) expect(once.has(name)).toBe(true);
  for (const [name, how] of once) {
    if (name.startsWith(prefix) && how === 'told') expect(there).toContain(name);
  }
}

/** No lane's chain of pages has a gap, a fork, or a balance that its lines do not explain. */
async function expectUnbrokenChains(ctx: Context, companyId: string): Promise<void> {
  const from = NOTHING_PROVED;
  const followed = await followPages({ ctx, companyId, from, atEnd: () => Promise.resolve() });
  expect(followed).toMatchObject({ brokenPage: null, driftMicrousd: 0 });
  for (const head of followed.proved.heads) expect(availableIn(head)).toBeGreaterThanOrEqual(0);
}

const amountIn = ({ amount_microusd }: Movement): number => amount_microusd;
const sumOf = (movements: Movement[]) =>
  movements.reduce((sum, { amount_microusd }) => sum + amount_microusd, 0);
