import { type Change, recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import type { Session } from '../../store';
import type { Company } from '../../store/companies';
import { commitChange, type Completion } from '../idempotency/commit-change';
import { requireCompany } from './require-company';

type Entry = Pick<Change, 'action' | 'entryId' | 'certificates' | 'reason' | 'at'>;

/** A change to a company, who makes it, and its audit entry. */
export interface CompanyChangeRequest<Result> {
  ctx: Context;
  companyId: string;
  caller: Caller;
  /** A function where it names what only the change finds out. */
  entry: Entry | ((result: Result) => Entry);
  change: (session: Session, company: Company) => Promise<Result>;
  completion?: Completion<Result> | undefined;
}

/**
 * Makes a change to an existing company, its audit entry and its completion in one transaction.
 * @throws AppError company_not_found; already_exists when a unique key is taken
 */
export function changeCompany<Result>({
  ctx,
  companyId,
  caller,
  entry,
  change,
  completion,
}: CompanyChangeRequest<Result>): Promise<Result> {
  return commitChange({
    ctx,
    completion,
    change: async (session) => {
      const company = await requireCompany({ ctx, companyId, session });
      const result = await change(session, company);
      const named = typeof entry === 'function' ? entry(result) : entry;
      await recordChange({ ctx, session, companyId, caller, ...named });
      return result;
    },
  });
}
