import { formatUsd } from '../../lib/usd';
import type { Context } from '../../context';
import type { Company } from '../../store/companies';
import type { WalletProof } from '../../store/wallet-proofs';
import { recordChange } from '../audit/record-change';
import { adminsToTell } from '../messages/admins-to-tell';
import { lowBalance } from '../messages/letters';
import { recordNotice } from '../messages/record-notice';
import { recordEvents } from '../webhooks/record-events';

/**
 * Writes down a proof that finds a balance below the company's threshold, and tells its admins by mail,
 * unless the proof before said so already: once each time the balance falls below.
 */
export async function tellOfLowBalance({
  ctx,
  company,
  proof,
  availableMicrousd,
}: {
  ctx: Context;
  company: Company;
  proof: WalletProof;
  availableMicrousd: number;
}): Promise<void> {
  const { _id: companyId, low_balance_microusd } = company;
  const admins = await adminsToTell({ ctx, companyId });
  const threshold = formatUsd(low_balance_microusd);
  const letter = lowBalance(company.name, threshold, formatUsd(availableMicrousd));
  await ctx.store.transaction(async (session) => {
    const before = await ctx.store.walletProofs.find(companyId, session);
    // A process that went on after it had lost its lease comes late.
    if (!before || before.low_balance || before.reconciled_at > proof.reconciled_at) return;
    await ctx.store.walletProofs.save(proof, session);
    await recordChange({
      ctx,
      session,
      companyId,
      action: 'wallet.low',
      caller: { actor: { type: 'system', id: null }, ip: null },
      reason: `below ${threshold}`,
    });
    const at = proof.reconciled_at;
    const data = { available_microusd: availableMicrousd, low_balance_microusd, at };
    const told = [{ companyId, event: 'wallet.low_balance' as const, at, data }];
    await recordEvents({ ctx, session, told });
    for (const { email } of admins) {
      await recordNotice({ ctx, session, to: { email, companyId }, letter });
    }
  });
}
