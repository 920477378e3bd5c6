import { newInvitation } from '../../core/users/add-user';
import { cancelInvitation } from '../../core/users/cancel-invitation';
import { getUser } from '../../core/users/get-user';
import type { MadeInvitation, WriteLink } from '../../core/users/invite-user';
import { canReach } from '../../core/messages/sender';
import { inviteColleague, resetColleague } from '../../core/users/link-for-colleague';
import { listInvitations } from '../../core/users/list-invitations';
import { listUsers } from '../../core/users/list-users';
import { removeUser } from '../../core/users/remove-user';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import {
  operationIdOf,
  putAway,
  showOnce,
  shownOnce,
  type ShownOncePage,
} from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { linkMail, linkUrl } from './link-mail';
import { peopleNames } from './people-names';
import { wrongPassword } from './wrong-password';

const PATH = '/dashboard/settings/people';

/** Who may sign in: admins invite people, let them choose a new password, and remove them. */
export function mountPeople(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const adminsOnly = { adminsOnly: true };
  get('/settings/people', (call) => page(routes, call));
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
  post('/settings/people/:user_id/remove', async (call) => {
    await removeUser({ ctx, by: call.by, userId: userIdOf(call) });
    return { redirect: `${PATH}?removed=1` };
  });
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
    const { status, text } = wrongPassword(error, t.dashboard);
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
  if (!input.success) return page(routes, call, { status: 400, typed, error: words.email });
  const { ctx } = routes;
  try {
    const password = field(request, 'current');
    const write = writer(routes, call, 'invitation');
    const link = { write, operationId: operationIdOf(request), input: input.data };
    const made = await inviteColleague({ ctx, by, password, ...link });
    return backShowing(ctx, call, made, input.data.email);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'already_exists') {
      return page(routes, call, { status: 409, typed, error: words.emailTaken });
    }
    const { status, text: passwordError } = wrongPassword(error, t.dashboard);
    return page(routes, call, { status, typed, passwordError });
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

/** Has the page show a link that no mail brings; of one that was mailed, nobody but its person sees more. */
function backShowing(
  ctx: Context,
  call: DashboardCall,
  { secret, expires_at, mailed }: MadeInvitation,
  email: string,
): Redirect {
  const values = { email, until: expires_at.toISOString() };
  const link = { url: linkUrl(ctx, call.request, secret) };
  const item = mailed
    ? { kind: 'mailed', values }
    : { kind: 'link', values: { ...values, ...link } };
  showOnce(ctx, call, shownTo(call), item);
  return { redirect: PATH };
}

function shownTo({ by }: DashboardCall): ShownOncePage {
  return { path: PATH, owner: by.formToken };
}

interface PeopleForms {
  status?: number;
  typed?: object;
  error?: string;
  passwordError?: string;
}

async function page(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  more: PeopleForms = {},
): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { status = 200, ...data } = more;
  const { company_id: companyId } = by.company;
  const [users, links, nameOf] = await Promise.all([
    listUsers({ ctx, companyId }),
    listInvitations({ ctx, companyId }),
    peopleNames(ctx, companyId),
  ]);
  const done = (what: string) => request.method === 'GET' && request.query[what] === '1';
  return {
    section: 'settings',
    template: 'dashboard/people',
    status,
    title: t.dashboard.people.title,
    data: {
      typed: {},
      ...data,
      tab: 'people',
      made: { items: shownOnce(ctx, request, shownTo(call)), action: `${PATH}/copied` },
      byMail: canReach(ctx.config, 'email'),
      removed: done('removed'),
      cancelled: done('cancelled'),
      users,
      waiting: links.map((link) => ({ ...link, made_by: link.made_by && nameOf(link.made_by) })),
    },
  };
}
