import { newInvitation } from '../../core/users/add-user';
import type { Context } from '../../context';
import { inviteUser, issueReset, type MadeInvitation } from '../../core/users/invite-user';
import { getUser } from '../../core/users/get-user';
import { listUsers } from '../../core/users/list-users';
import { removeUser } from '../../core/users/remove-user';
import { AppError } from '../../errors';
import { field } from '../pages/page-router';
import { baseUrl } from '../base-url';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { invitationPath } from './login';

const PATH = '/dashboard/settings/people';

/** Who may sign in: admins invite people, let them choose a new password, and remove them. */
export function mountPeople(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/settings/people', (call) => page(routes, call));
  routes.post('/settings/people', (call) => invite(routes, call));
  routes.post('/settings/people/:user_id/reset', async (call) => {
    const { by } = call;
    const target = {
      ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      userId: userIdOf(call),
    };
    return linkPage(routes, call, await issueReset(target));
  });
  routes.get('/settings/people/:user_id/remove', (call) => askToRemove(ctx, call), {
    adminsOnly: true,
  });
  routes.post('/settings/people/:user_id/remove', async (call) => {
    await removeUser({ ctx, by: call.by, userId: userIdOf(call) });
    return { redirect: `${PATH}?removed=1` };
  });
}

function userIdOf({ request }: DashboardCall): string {
  return String(request.params.user_id);
}

async function askToRemove(ctx: Context, call: DashboardCall): Promise<DashboardPage> {
  const companyId = call.by.company.company_id;
  const user = await getUser({ ctx, companyId, userId: userIdOf(call) });
  const words = call.t.dashboard.people;
  const question = words.removeTitle(user.email);
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: question,
    data: {
      heading: words.title,
      question,
      note: words.removeNote,
      button: words.remove,
      action: `${PATH}/${user.user_id}/remove`,
      back: PATH,
    },
  };
}

async function invite(routes: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { by, request, t } = call;
  const typed = { email: field(request, 'email'), role: field(request, 'role') };
  const input = newInvitation.safeParse(typed);
  const words = t.dashboard.errors;
  if (!input.success) return page(routes, call, { status: 400, typed, error: words.email });
  const { ctx } = routes;
  try {
    const target = { ctx, companyId: by.company.company_id, caller: by.caller, input: input.data };
    return await linkPage(routes, call, await inviteUser(target));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    return page(routes, call, { status: 409, typed, error: words.emailTaken });
  }
}

function linkPage(
  routes: DashboardRoutes,
  call: DashboardCall,
  { secret, expires_at }: MadeInvitation,
): Promise<DashboardPage> {
  const url = baseUrl(call.request, routes.ctx.config.publicUrl) + invitationPath(secret);
  return page(routes, call, { url, until: expires_at });
}

async function page(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  more: { status?: number; typed?: object; error?: string; url?: string; until?: Date } = {},
): Promise<DashboardPage> {
  const { status = 200, ...data } = more;
  return {
    section: 'settings',
    template: 'dashboard/people',
    status,
    title: t.dashboard.people.title,
    data: {
      typed: {},
      ...data,
      tab: 'people',
      removed: request.method === 'GET' && request.query.removed === '1',
      users: await listUsers({ ctx, companyId: by.company.company_id }),
    },
  };
}
