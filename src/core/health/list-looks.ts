import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { Cleanup } from '../../store/cleanups';
import type { WalletProof } from '../../store/wallet-proofs';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { type CompanyBatch, listAllBatches } from '../batches/list-all-batches';

/** Something of a company that an operator should look at. */
export interface Look {
  kind: 'batch' | 'cleanup' | 'wallet' | 'webhook';
  id: string;
  companyId: string;
  /** Its id, where the company is gone. */
  companyName: string;
  state: 'stuck' | 'failed' | 'drifting' | 'failing';
  since: Date;
  /** The name of a batch's file, the host of an endpoint, as paths can be secrets; null: it has none. */
  name: string | null;
  /** A code; null: none is known. */
  why: string | null;
}

const MAX_EACH = 10;
const MAX_COUNTED = 100;
/** Failed batches stay in their company's list; these are recent enough to be news. */
const FAILED_WITHIN_MS = 7 * DAY_MS;

/** What there is to look at, and how many batches of each kind; a hundred at most. */
export interface Looks {
  looks: Look[];
  batches: { stuck: number; failed: number };
}

/** Stuck and failed batches, failed clean-ups, drifting wallets and failing endpoints, ten of each at most. */
export async function listLooks({ ctx }: { ctx: Context }): Promise<Looks> {
  const { cleanups, companies, walletProofs, webhookEndpoints } = ctx.store;
  const from = new Date(ctx.now().getTime() - FAILED_WITHIN_MS);
  const limit = MAX_COUNTED;
  const [stuck, failed, undone, drifting, failing] = await Promise.all([
    listAllBatches({ ctx, filter: { state: 'stuck' }, limit }),
    listAllBatches({ ctx, filter: { state: 'failed', from }, limit }),
    cleanups.listFailed(MAX_EACH),
    walletProofs.listDrifting(MAX_EACH),
    webhookEndpoints.listFailing(MAX_EACH),
  ]);
  const looks = [
    ...stuck.batches.slice(0, MAX_EACH).map((one) => ofBatch(one, 'stuck')),
    ...failed.batches.slice(0, MAX_EACH).map((one) => ofBatch(one, 'failed')),
    ...undone.map(ofCleanup),
    ...drifting.map(ofWallet),
    ...failing.map(ofEndpoint),
  ];
  const found = await companies.findMany(looks.map(({ companyId }) => companyId));
  const names = new Map(found.map(({ _id, name }) => [_id, name]));
  return {
    looks: looks.map((one) => {
      const companyName = names.get(one.companyId) ?? one.companyId;
      return { ...one, companyName };
    }),
    batches: { stuck: stuck.batches.length, failed: failed.batches.length },
  };
}

type Unnamed = Omit<Look, 'companyName'>;

function ofBatch(batch: CompanyBatch, state: 'stuck' | 'failed'): Unnamed {
  return {
    kind: 'batch',
    id: batch.batch_id,
    companyId: batch.company_id,
    state,
    since: batch.created_at,
    name: batch.file_name,
    why: batch.error,
  };
}

function ofCleanup({ _id, company_id, requested_at, steps }: Cleanup): Unnamed {
  const failed = Object.values(steps).find(({ state }) => state === 'failed');
  return {
    kind: 'cleanup',
    id: _id,
    companyId: company_id,
    state: 'failed',
    since: failed?.at ?? requested_at,
    name: null,
    why: failed?.error ?? null,
  };
}

function ofWallet({ _id, reconciled_at, broken_page }: WalletProof): Unnamed {
  return {
    kind: 'wallet',
    id: _id,
    companyId: _id,
    state: 'drifting',
    since: reconciled_at,
    name: null,
    why: broken_page === null ? null : 'broken_page',
  };
}

function ofEndpoint(endpoint: WebhookEndpoint): Unnamed {
  return {
    kind: 'webhook',
    id: endpoint._id,
    companyId: endpoint.company_id,
    state: 'failing',
    since: endpoint.failing_since ?? endpoint.created_at,
    name: new URL(endpoint.url).host,
    why: endpoint.last_failure?.failure ?? null,
  };
}
