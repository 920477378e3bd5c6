import { movementsOf, walletOf } from '../../helpers/wallet';
import { collections } from '../../helpers/collections';
import { until } from '../../helpers/until';
import { allFinished, LONG_MS } from '../scene';
import type { Stage } from './stage';

const CHECK_PRICE = 15_000;
const RETENTION_PRICE = 100_000;

/**
 * Waits until nothing is left to be done, then holds what is stored against what callers were told. Nobody may
 * be calling meanwhile.
 */
export async function checkInvariants(stage: Stage): Promise<void> {
  const { batches } = collections(stage.scene.ctx);
  const noneOpen = async () => (await batches.countDocuments({ open: true })) === 0;
  await until('no batch is open', noneOpen, 2 * LONG_MS);
  await allFinished(stage.scene);
  await checkRevocations(stage);
  await checkBatches(stage);
  await checkMoney(stage);
}

/** What was acknowledged is revoked, nothing else than what was asked for, each in one audit entry. */
async function checkRevocations({ scene: { ctx, company }, model }: Stage): Promise<void> {
  const { certificates, audit } = collections(ctx);
  const mine = { company_id: company.id };
  const only = { projection: { _id: 1 as const } };
  const flagged = await certificates.find({ ...mine, 'opt_out.revoke': true }, only).toArray();
  const revoked = new Set(flagged.map(({ _id }) => _id));
  const lost = [...model.acknowledged].filter((id) => !revoked.has(id));
  if (lost.length > 0) model.break('acknowledged revocations lost', lost.join());
  const unasked = [...revoked].filter((id) => !model.asked.has(id));
  if (unasked.length > 0) model.break('revoked, and nobody asked', unasked.join());

  const entries = await audit.find({ ...mine, action: 'certificate.revoked' }).toArray();
  const times = new Map<string, number>();
  for (const id of entries.flatMap((entry) => entry.certificates)) {
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const wrong = [...new Set([...revoked, ...times.keys()])].filter(
    (id) => times.get(id) !== 1 || !revoked.has(id),
  );
  if (wrong.length > 0) {
    model.break(
      'not in exactly one audit entry',
      wrong.map((id) => `${id}: ${String(times.get(id) ?? 0)}`).join(),
    );
  }
}

async function checkBatches({ scene: { ctx }, model }: Stage): Promise<void> {
  const found = await collections(ctx).batches.find().toArray();
  for (const [id, expected] of model.batches) {
    const batch = found.find(({ _id }) => _id === id);
    const seen = Object.fromEntries(
      Object.keys(expected).map((name) => [name, batch?.[name as keyof typeof batch]]),
    );
    if (JSON.stringify(seen) !== JSON.stringify(expected)) {
      model.break(`batch ${id}`, `${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`);
    }
  }
}

/** Checks and retentions are paid once; the wallet is the sum of its lines. */
async function checkMoney({ scene: { ctx, company }, model }: Stage): Promise<void> {
  const movements = await movementsOf(ctx, company.id);
  const checks = movements.filter(({ kind }) => kind === 'check_match');
  const keys = checks.flatMap(({ key }) => key ?? []);
  if (keys.length !== model.paidKeys.size || new Set(keys).size !== keys.length) {
    const distinct = String(new Set(keys).size);
    model.break(
      'checks under keys',
      `${String(keys.length)} lines of ${distinct} keys for ${String(model.paidKeys.size)} answers`,
    );
  }
  const plain = checks.length - keys.length;
  const { paid, unanswered } = model.plain;
  if (plain < paid || plain > paid + unanswered) {
    model.break(
      'checks',
      `${String(plain)} lines for ${String(paid)} answers and ${String(unanswered)} calls without`,
    );
  }
  const kept = movements.filter(({ kind }) => kind === 'session_retention');
  if (kept.length !== model.retained.size) {
    model.break(
      'retentions',
      `${String(kept.length)} lines for ${String(model.retained.size)} sessions`,
    );
  }
  const wrongPrice = [
    ...checks.filter(({ amount_microusd }) => amount_microusd !== -CHECK_PRICE),
    ...kept.filter(({ amount_microusd }) => amount_microusd !== -RETENTION_PRICE),
  ];
  if (wrongPrice.length > 0) model.break('prices', JSON.stringify(wrongPrice));

  const wallet = await walletOf(ctx, company.id);
  const sum = movements.reduce((total, { amount_microusd }) => total + amount_microusd, 0);
  if (wallet?.balance_microusd !== sum || wallet.reserved_microusd !== 0) {
    model.break('wallet', `${JSON.stringify(wallet)} where its lines sum to ${String(sum)}`);
  }
}
