import { newInvitation } from '../../core/users/add-user';
import { cancelInvitation } from '../../core/users/cancel-invitation';
import { getUser } from '../../core/users/get-user';
import type { WriteLink } from '../../core/users/invite-user';
import { canReach } from '../../core/messages/sender';
import { inviteColleague, resetColleague } from '../../core/users/link-for-colleague';
import { removeUser } from '../../core/users/remove-user';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf, putAway } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { linkMail } from './link-mail';
import { backShowing, PATH, peoplePage } from './people-page';
import { wrongPassword } from '../account/wrong-password';

/** Who may sign in: admins invite people, let them choose a new password, and remove them. */
export function mountPeople(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const adminsOnly = { adminsOnly: true };
  get('/settings/people', (call) => peoplePage(ctx, call));
  post('/settings/people', (call) => invite(routes, call));
  get('/settings/people/:user_id/reset', (call) => askToReset(routes, call), adminsOnly);
  post('/settings/people/:user_id/reset', (call) => reset(routes, call));
  post('/settings/people/links/:invitation_id/cancel', (call) => cancel(routes, call));
  post(
    '/settings/people/copied',
    (call) => {
      putAway(ctx, call, PATH);
      return { redirect: PATH };
    },
    { viewersToo: true },
  );
  get('/settings/people/:user_id/remove', (call) => askToRemove(routes, call), adminsOnly);
  post('/settings/people/:user_id/remove', (call) => remove(routes, call), { fresh: true });
}

async function remove({ ctx }: DashboardRoutes, call: DashboardCall): Promise<Redirect> {
  try {
    await removeUser({ ctx, by: call.by, userId: userIdOf(call) });
  } catch (error) {
    // They are gone, which is what was wanted.
    if (!(error instanceof AppError) || error.code !== 'user_not_found') throw error;
  }
  return { redirect: `${PATH}?removed=1` };
}

function userIdOf({ request }: DashboardCall): string {
  return String(request.params.user_id);
}

/** Asks before something is done to or for a colleague, and for one's own password where a field for it is given. */
async function ask(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  verb: 'remove' | 'reset',
  password?: { label: string; hint: string; error?: string | undefined },
): Promise<DashboardPage> {
  const companyId = call.by.company.company_id;
  const user = await getUser({ ctx, companyId, userId: userIdOf(call) });
  const words = call.t.dashboard.people;
  const what = verb === 'reset' && canReach(ctx.config, 'email') ? 'resetByMail' : verb;
  const question = words[`${what}Title`](user.email);
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: question,
    data: {
      heading: words.title,
      question,
      note: words[`${verb}Note`],
      button: words[what],
      action: `${PATH}/${user.user_id}/${verb}`,
      back: PATH,
      password,
    },
  };
}

function askToRemove(routes: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  return ask(routes, call, 'remove');
}

function askToReset(
  routes: DashboardRoutes,
  call: DashboardCall,
  error?: string,
): Promise<DashboardPage> {
  const { ownPassword: label, ownPasswordHint: hint } = call.t.dashboard.people;
  return ask(routes, call, 'reset', { label, hint, error });
}

async function reset(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const password = field(request, 'current');
  const userId = userIdOf(call);
  try {
    const { ctx } = routes;
    const write = writer(routes, call, 'reset');
    const { email } = await getUser({ ctx, companyId: by.company.company_id, userId });
    const operationId = operationIdOf(request);
    const made = await resetColleague({ ctx, by, password, write, operationId, userId });
    return backShowing(ctx, call, made, email);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { status, text } = wrongPassword(error, t);
    return { ...(await askToReset(routes, call, text)), status };
  }
}

async function invite(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const typed = { email: field(request, 'email'), role: field(request, 'role') };
  const input = newInvitation.safeParse(typed);
  const words = t.dashboard.errors;
  const { ctx } = routes;
  if (!input.success) return peoplePage(ctx, call, { status: 400, typed, error: words.email });
  try {
    const password = field(request, 'current');
    const write = writer(routes, call, 'invitation');
    const link = { write, operationId: operationIdOf(request), input: input.data };
    const made = await inviteColleague({ ctx, by, password, ...link });
    return backShowing(ctx, call, made, input.data.email);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'already_exists') {
      return peoplePage(ctx, call, { status: 409, typed, error: words.emailTaken });
    }
    const { status, text: passwordError } = wrongPassword(error, t);
    return peoplePage(ctx, call, { status, typed, passwordError });
  }
}

async function cancel({ ctx }: DashboardRoutes, { by, request }: DashboardCall): Promise<Redirect> {
  const { company_id: companyId } = by.company;
  const invitationId = String(request.params.invitation_id);
  try {
    await cancelInvitation({ ctx, companyId, invitationId, caller: by.caller });
  } catch (error) {
    // It is gone, which is what was wanted.
    if (!(error instanceof AppError) || error.code !== 'invitation_not_found') throw error;
  }
  return { redirect: `${PATH}?cancelled=1` };
}

function writer(
  { ctx }: DashboardRoutes,
  { by, request, t }: DashboardCall,
  kind: 'invitation' | 'reset',
): WriteLink {
  return linkMail({ ctx, request, t: t.dashboard, kind, company: by.company.name });
}
