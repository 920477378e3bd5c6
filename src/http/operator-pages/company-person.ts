import type { CompanyView } from '../../core/companies/company-view';
import { canReach } from '../../core/messages/sender';
import { issueReset, type MadeInvitation } from '../../core/users/invite-user';
import { listUsers } from '../../core/users/list-users';
import { removeUserOf } from '../../core/users/remove-user';
import type { UserView } from '../../core/users/user-view';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { linkMail, linkUrl } from '../dashboard/link-mail';
import { operatorCaller } from '../operator/require-operator';
import type { PageCall, Redirect } from '../pages/page-router';
import { newOperationId, operationIdOf } from '../pages/shown-once';
import { backShowing, companyOf, companyPath, companyQuestion, tabPath } from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

/** Removing a person and letting them choose a new password, each once that is confirmed. */
export function mountPersonQuestions({ ctx, get, post }: OperatorRoutes): void {
  const path = '/companies/:company_id/people/:user_id';
  get(`${path}/remove`, (call) => askToRemove(ctx, call), { adminsOnly: true });
  post(`${path}/remove`, (call) => remove(ctx, call), { fresh: true });
  get(`${path}/reset`, (call) => askToReset(ctx, call), { adminsOnly: true });
  post(`${path}/reset`, (call) => reset(ctx, call), { fresh: true });
}

/** Back to the page, which shows a link that no mail brings, or that one is on its way. */
export function showingLink(
  ctx: Context,
  call: PageCall,
  { secret, expires_at, mailed }: MadeInvitation,
  email: string,
): Redirect {
  const values = { email, until: expires_at.toISOString() };
  const link = { url: linkUrl(ctx, call.request, secret) };
  return backShowing(
    ctx,
    call,
    'people',
    mailed ? { kind: 'mailed', values } : { kind: 'link', values: { ...values, ...link } },
  );
}

interface Found {
  company: CompanyView;
  user: UserView;
  /** Nobody else of the company may change anything. */
  isLastAdmin: boolean;
  /** Of what is done to them. */
  path: string;
}

/** The person that the path names; null: they have been removed. */
async function find(ctx: Context, call: PageCall): Promise<Found | null> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const users = await listUsers({ ctx, companyId });
  const user = users.find(({ user_id }) => user_id === parameter(call, 'user_id'));
  if (!user) return null;
  const admins = users.filter(({ role }) => role === 'admin');
  const path = `${companyPath(companyId)}/people/${encodeURIComponent(user.user_id)}`;
  return { company, user, isLastAdmin: user.role === 'admin' && admins.length === 1, path };
}

function gone(call: PageCall): Redirect {
  return backTo(call, tabPath(parameter(call, 'company_id'), 'people'), 'personGone');
}

async function askToRemove(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const found = await find(ctx, call);
  if (!found) return gone(call);
  const { company, user, isLastAdmin, path } = found;
  const words = call.t.operator.people;
  return companyQuestion({
    company,
    tab: 'people',
    action: `${path}/remove`,
    words: {
      title: words.removeTitle,
      heading: words.removeHeading(user.email),
      text: words.removeNote,
      more: isLastAdmin ? [words.removeLastAdmin] : [],
      button: words.removeOne(user.email),
    },
  });
}

async function remove(ctx: Context, call: PageCall): Promise<Redirect> {
  const companyId = parameter(call, 'company_id');
  const userId = parameter(call, 'user_id');
  try {
    await removeUserOf({ ctx, companyId, userId, caller: operatorCaller(call.request) });
  } catch (error) {
    if (error instanceof AppError && error.code === 'user_not_found') return gone(call);
    throw error;
  }
  return backTo(call, tabPath(companyId, 'people'), 'personRemoved');
}

async function askToReset(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const found = await find(ctx, call);
  if (!found) return gone(call);
  const { company, user, path } = found;
  const words = call.t.operator.people;
  return companyQuestion({
    company,
    tab: 'people',
    action: `${path}/reset`,
    hidden: { operation_id: newOperationId() },
    danger: false,
    words: {
      title: words.resetTitle,
      heading: words.resetHeading(user.email),
      text: words.resetNote,
      button: canReach(ctx.config, 'email') ? words.resetByMail : words.reset,
    },
  });
}

async function reset(ctx: Context, call: PageCall): Promise<Redirect> {
  const { request, t } = call;
  const found = await find(ctx, call);
  if (!found) return gone(call);
  const { company, user } = found;
  const { company_id: companyId } = company;
  const write = linkMail({ ctx, request, t: t.dashboard, kind: 'reset', company: company.name });
  try {
    const made = await issueReset({
      ctx,
      companyId,
      caller: operatorCaller(request),
      write,
      userId: user.user_id,
      operationId: operationIdOf(request),
    });
    return showingLink(ctx, call, made, user.email);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'user_not_found') return gone(call);
    if (error.code !== 'already_exists') throw error;
    return backTo(call, tabPath(companyId, 'people'), 'linkRepeated');
  }
}
