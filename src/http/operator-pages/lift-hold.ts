import {
  holdRef,
  type HoldSubject,
  type LegalHoldView,
} from '../../core/legal-holds/legal-hold-subject';
import { liftLegalHold } from '../../core/legal-holds/lift-legal-hold';
import { listLegalHolds } from '../../core/legal-holds/list-legal-holds';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { operatorCaller } from '../operator/require-operator';
import type { PageCall, Redirect } from '../pages/page-router';
import { companyOf, companyPath, companyQuestion, tabPath } from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

/** Lifting a legal hold once that is confirmed; its URL does not say whose it is. */
export function mountLifting({ ctx, get, post }: OperatorRoutes): void {
  const path = '/companies/:company_id/holds/:ref/lift';
  get(path, (call) => askToLift(ctx, call), { adminsOnly: true });
  post(path, (call) => lift(ctx, call));
}

/** What stands for a hold in URLs. */
export function refOf(ctx: Context, companyId: string, hold: LegalHoldView): string {
  return holdRef({ ctx, companyId, subject: subjectOf(hold) });
}

function subjectOf({ user_id, certificate_id, all }: LegalHoldView): HoldSubject {
  return { user_id, certificate_id, all };
}

async function named(ctx: Context, call: PageCall): Promise<LegalHoldView | undefined> {
  const companyId = parameter(call, 'company_id');
  const holds = await listLegalHolds({ ctx, companyId });
  return holds.find((hold) => refOf(ctx, companyId, hold) === parameter(call, 'ref'));
}

function gone(call: PageCall): Redirect {
  return backTo(call, tabPath(parameter(call, 'company_id'), 'holds'), 'holdGone');
}

async function askToLift(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const company = await companyOf(ctx, call);
  const hold = await named(ctx, call);
  if (!hold) return gone(call);
  const { holds: words, cleanups } = call.t.operator;
  const { action } = company.retention;
  return companyQuestion({
    company,
    tab: 'holds',
    action: `${companyPath(company.company_id)}/holds/${parameter(call, 'ref')}/lift`,
    words: {
      title: words.liftTitle,
      heading: words.liftOne(words.subject(hold)),
      text: words.liftNote,
      more: [
        action === 'keep' ? words.liftKept : `${cleanups.policy(action, company.retention)}.`,
        `${words.reason}: ${hold.reason}`,
      ],
      button: words.lift,
    },
  });
}

async function lift(ctx: Context, call: PageCall): Promise<Redirect> {
  const companyId = parameter(call, 'company_id');
  const hold = await named(ctx, call);
  if (!hold) return gone(call);
  const caller = operatorCaller(call.request);
  try {
    await liftLegalHold({ ctx, companyId, caller, input: subjectOf(hold) });
  } catch (error) {
    if (error instanceof AppError && error.code === 'hold_not_found') return gone(call);
    throw error;
  }
  return backTo(call, tabPath(companyId, 'holds'), 'holdLifted');
}
