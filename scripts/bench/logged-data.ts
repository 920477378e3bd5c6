import type { Context } from '../../src/context';
import { growOnce } from '../../src/core/proof/grow-log';
import { openLog } from '../../src/core/proof/open-log';
import { newId } from '../../src/lib/random-ids';
import { answerMark } from '../../src/store/ledger-answers';
import { type LedgerPage, pageId } from '../../src/store/ledger-pages';
import { NO_LEAF_YET } from '../../src/store/log-leaves';
import type { LogHead } from '../../src/store/proof-log';
import type { AuditEntry } from '../../src/store/audit-entries';
import { collections } from '../services/collections';
import type { BenchCompany } from './data';

const CHECKS_OF_PAGE = 20;
const AT_ONCE = 5_000;
const LANE = 0;
const ACTOR = { type: 'token', id: 'tok_bench' } as const;
const IP = '203.0.113.7';

/** The audit entry of one of many revocations, as the service writes it. */
export function revocationOf(ctx: Context, company: BenchCompany, i: number): AuditEntry {
  return {
    _id: `${newId('rev')}.${String(i)}`,
    company_id: company.id,
    at: ctx.now(),
    action: 'certificate.revoked',
    method: 'api',
    actor: ACTOR,
    reason: 'asked on the phone not to be called again',
    certificates: [company.certificateIds[i % company.certificateIds.length] ?? ''],
    ip: IP,
    leaf: NO_LEAF_YET,
  };
}

/** A page of checks of a company, one after another; `refs` are its certificates' names. */
export function pageOf(
  ctx: Context,
  companyId: string,
  refs: (string | null)[],
  i: number,
): LedgerPage {
  const checks = Array.from({ length: CHECKS_OF_PAGE }, (_, at) => refs[(i + at) % refs.length]);
  return {
    _id: pageId(companyId, LANE, i),
    company_id: companyId,
    at: ctx.now(),
    lines: [
      {
        kind: 'check_match',
        amount_microusd: -15_000,
        actor: ACTOR,
        ip: IP,
        certificate_refs: checks.map((ref) => ref ?? null),
        answers: answerMark({ valid: true }).repeat(CHECKS_OF_PAGE),
      },
    ],
    balance_after_microusd: 1_000_000_000 - i,
    reserved_after_microusd: 0,
    leaf: NO_LEAF_YET,
  };
}

/** What the ledger calls a company's certificates. */
export async function refsOf(ctx: Context, { certificateIds }: BenchCompany) {
  const named = await collections(ctx)
    .certificates.find({ _id: { $in: certificateIds } })
    .toArray();
  return named.map(({ ledger_ref: ref }) => ref ?? null);
}

/** Has revocations and pages of checks wait for the log. */
export async function recordMuch(
  ctx: Context,
  company: BenchCompany,
  counts: { entries: number; pages: number },
): Promise<void> {
  const { audit, ledgerPages } = collections(ctx);
  const refs = await refsOf(ctx, company);
  // Of a company that does not exist, so that no wallet is about them.
  const nobody = newId('com');
  const entry = (i: number) => revocationOf(ctx, company, i);
  const page = (i: number) => pageOf(ctx, nobody, refs, i);
  await inParts(counts.entries, entry, (some) => audit.insertMany(some));
  await inParts(counts.pages, page, (some) => ledgerPages.insertMany(some));
}

async function inParts<Document>(
  count: number,
  make: (i: number) => Document,
  write: (some: Document[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - from);
    await write(Array.from({ length }, (_, i) => make(from + i)));
  }
}

/** Puts all that waits into the log of the first region, as a worker does; how far it is then. */
export async function growNow(ctx: Context): Promise<LogHead> {
  const { _id } = await openLog({ ctx, region: 'default' });
  let head: LogHead = await ctx.store.regions.default.proofLog.takeOver(_id);
  for (;;) {
    const grown = await growOnce({ ctx, region: 'default', head });
    if (!grown) throw new Error('somebody else has the log');
    head = grown.head;
    if (!grown.isMore) return head;
  }
}
