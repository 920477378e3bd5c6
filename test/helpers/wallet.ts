import type { Context } from '../../src/context';
import { getWallet, type WalletView } from '../../src/core/wallet/get-wallet';
import type { LedgerKind } from '../../src/store/ledger';
import { collections } from './collections';

/** A movement on a ledger page, with what its page and line say of it. */
export interface Movement {
  /** Under an Idempotency-Key and the like. */
  key: string | undefined;
  company_id: string;
  kind: LedgerKind;
  amount_microusd: number;
  at: Date;
  certificate_ref: string | null;
}

/** A company's wallet as it is now; null: it has none. */
export function walletOf(ctx: Context, companyId: string): Promise<WalletView | null> {
  return getWallet({ ctx, companyId }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'company_not_found') return null;
    throw error;
  });
}

/** The movements on ledger pages, oldest page first: of one company, or of all. */
export async function movementsOf(ctx: Context, companyId?: string): Promise<Movement[]> {
  const pages = await collections(ctx)
    .ledgerPages.find(companyId === undefined ? {} : { company_id: companyId })
    .sort({ at: 1, _id: 1 })
    .toArray();
  return pages.flatMap(({ company_id, at, lines }) =>
    lines.flatMap(({ kind, amount_microusd, certificate_refs, keys }) =>
      certificate_refs.map((certificate_ref, i) => ({
        key: keys?.[i],
        company_id,
        kind,
        amount_microusd,
        at,
        certificate_ref,
      })),
    ),
  );
}

/** How many movements there are, of one company and of a kind. */
export async function countMovements(
  ctx: Context,
  companyId: string,
  kind?: LedgerKind,
): Promise<number> {
  const all = await movementsOf(ctx, companyId);
  return all.filter((movement) => kind === undefined || movement.kind === kind).length;
}

/** Adds to what the newest page of a wallet says, which no verb would do. */
export async function falsifyWallet(
  ctx: Context,
  companyId: string,
  by: { balance_microusd?: number; reserved_microusd?: number },
): Promise<void> {
  const { ledgerPages } = collections(ctx);
  const newest = await ledgerPages
    .find({ company_id: companyId })
    .sort({ _id: -1 })
    .limit(1)
    .next();
  await ledgerPages.updateOne(
    { _id: newest?._id ?? '' },
    {
      $inc: {
        balance_after_microusd: by.balance_microusd ?? 0,
        reserved_after_microusd: by.reserved_microusd ?? 0,
      },
    },
  );
}
