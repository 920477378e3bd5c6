import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { Cleanup } from '../../store/cleanups';
import type { Company } from '../../store/companies';
import type { ConsentHead } from '../../store/consent-cleaning';
import { inPages } from './in-pages';
import { dueAction, isConsentHeld } from './judge-consents';
import { loadHolds } from '../legal-holds/load-holds';
import { leftAlone } from './left-alone';
import { recordCleanups } from './record-cleanups';
import { CLEANABLE } from './cutoffs';

const CONSENTS_PER_PAGE = 1_000;

/**
 * Records clean-ups for the revoked consents of a company that are due by its policy or their own.
 * @param ownPolicyDue whether any is due by a policy of its own
 * @returns how many clean-ups it recorded
 */
export async function sweepConsents({
  ctx,
  company,
  ownPolicyDue,
  now,
  signal,
}: {
  ctx: Context;
  company: Company;
  ownPolicyDue: boolean;
  now: Date;
  signal: AbortSignal;
}): Promise<number> {
  const companyId = company._id;
  const whatIsLeft = leftAlone({ ctx, companyId, subjects: ['consents'] });
  const due = dueHeads(ctx, company, ownPolicyDue, now);
  let recorded = 0;
  for await (const heads of inPages(due, CONSENTS_PER_PAGE, signal)) {
    const left = await whatIsLeft();
    if (!left) return recorded;
    const { stuck } = left;
    const free = heads.filter(({ consent_id }) => !stuck.has(consent_id));
    recorded += await recordFree(ctx, company, free, now);
  }
  return recorded;
}

/** Records clean-ups for what is due right after revocations; the rest is left to the sweep. */
export async function sweepRevoked({
  ctx,
  companyId,
  consentIds,
  now,
}: {
  ctx: Context;
  companyId: string;
  consentIds: string[];
  now: Date;
}): Promise<void> {
  const company = await ctx.store.companies.find(companyId);
  if (!company) return;
  for (let from = 0; from < consentIds.length; from += CONSENTS_PER_PAGE) {
    const page = consentIds.slice(from, from + CONSENTS_PER_PAGE);
    const heads = await ctx.store.consents.findCleaningHeads(companyId, page);
    await recordFree(ctx, company, heads, now);
  }
}

async function* dueHeads(
  ctx: Context,
  company: Company,
  ownPolicyDue: boolean,
  now: Date,
): AsyncGenerator<ConsentHead> {
  const { consents } = ctx.store;
  const { action, after_days } = company.retention;
  if (action !== 'keep') {
    const before = new Date(now.getTime() - after_days * DAY_MS);
    for (const data of CLEANABLE[action]) {
      yield* consents.dueByCompany(company._id, data, before, CONSENTS_PER_PAGE);
    }
  }
  if (ownPolicyDue) yield* consents.dueByOwnPolicy(company._id, now, CONSENTS_PER_PAGE);
}

async function recordFree(
  ctx: Context,
  company: Company,
  heads: ConsentHead[],
  now: Date,
): Promise<number> {
  if (heads.length === 0) return 0;
  const company_id = company._id;
  const holds = await loadHolds({ ctx, companyId: company_id });
  const byAction = new Map<Cleanup['action'], string[]>();
  for (const head of heads) {
    const action = dueAction(head, company.retention, now);
    if (!action || isConsentHeld(holds, head)) continue;
    byAction.set(action, [...(byAction.get(action) ?? []), head.consent_id]);
  }
  let recorded = 0;
  for (const [action, ids] of byAction) {
    recorded += await recordCleanups({
      ctx,
      what: { company_id, subject: 'consents', action },
      ids,
    });
  }
  return recorded;
}
