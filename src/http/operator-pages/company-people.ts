import { nameActors } from '../../core/audit/name-actors';
import { canReach } from '../../core/messages/sender';
import { newInvitation } from '../../core/users/add-user';
import { cancelInvitation } from '../../core/users/cancel-invitation';
import { changeRole } from '../../core/users/change-role';
import { inviteUser } from '../../core/users/invite-user';
import { listInvitations } from '../../core/users/list-invitations';
import { listUsers } from '../../core/users/list-users';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { linkMail } from '../dashboard/link-mail';
import { wrongFields } from '../dashboard/wrong-fields';
import { operatorCaller } from '../operator/require-operator';
import { actors as actorWords } from '../pages/texts/en-audit';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { type CompanyForms, companyOf, companyTab, tabPath } from './company-page';
import { mountPersonQuestions, showingLink } from './company-person';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

/** Who may sign in to a company's dashboard, and the links that wait. */
export function mountPeople(routes: OperatorRoutes): void {
  const { ctx, get, post } = routes;
  get('/companies/:company_id/people', (call) => page(ctx, call));
  post('/companies/:company_id/people', (call) => invite(ctx, call), { fresh: true });
  post('/companies/:company_id/people/links/:invitation_id/cancel', (call) => cancel(ctx, call));
  post('/companies/:company_id/people/:user_id/role', (call) => giveRole(ctx, call), {
    fresh: true,
  });
  mountPersonQuestions(routes);
}

async function page(
  ctx: Context,
  call: PageCall,
  forms: CompanyForms & { status?: number } = {},
): Promise<OperatorPage> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const [users, links] = await Promise.all([
    listUsers({ ctx, companyId }),
    listInvitations({ ctx, companyId }),
  ]);
  const makers = links.flatMap(({ made_by }) => made_by ?? []);
  const nameOf = await nameActors({ ctx, companyId, actors: makers, words: actorWords });
  const waiting = links.map((link) => ({ ...link, made_by: link.made_by && nameOf(link.made_by) }));
  const data = { users, waiting, byMail: canReach(ctx.config, 'email') };
  return companyTab(ctx, call, { company, tab: 'people', data, ...forms });
}

async function invite(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const typed = { email: field(request, 'email'), role: field(request, 'role') };
  const input = newInvitation.safeParse(typed);
  const words = t.operator.people;
  if (!input.success) {
    const { wrongEmail: email, wrongRole: role } = words;
    return page(ctx, call, { typed, errors: wrongFields(input.error, { email, role }) });
  }
  const write = linkMail({
    ctx,
    request,
    t: t.dashboard,
    kind: 'invitation',
    company: company.name,
  });
  try {
    const made = await inviteUser({
      ctx,
      companyId,
      caller: operatorCaller(request),
      write,
      operationId: operationIdOf(request),
      input: input.data,
    });
    return showingLink(ctx, call, made, input.data.email);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    return page(ctx, call, { status: 409, typed, errors: { email: words.emailTaken } });
  }
}

async function cancel(ctx: Context, call: PageCall): Promise<Redirect> {
  const companyId = parameter(call, 'company_id');
  const invitationId = parameter(call, 'invitation_id');
  const back = tabPath(companyId, 'people');
  try {
    await cancelInvitation({
      ctx,
      companyId,
      invitationId,
      caller: operatorCaller(call.request),
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invitation_not_found') throw error;
    return backTo(call, back, 'linkGone');
  }
  return backTo(call, back, 'linkCancelled');
}

async function giveRole(ctx: Context, call: PageCall): Promise<Redirect> {
  const companyId = parameter(call, 'company_id');
  const back = tabPath(companyId, 'people');
  const { role } = newInvitation.shape;
  const read = role.safeParse(field(call.request, 'role'));
  if (!read.success) throw new AppError('invalid_request');
  try {
    await changeRole({
      ctx,
      companyId,
      userId: parameter(call, 'user_id'),
      role: read.data,
      caller: operatorCaller(call.request),
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'user_not_found') throw error;
    return backTo(call, back, 'personGone');
  }
  return backTo(call, back, 'roleChanged');
}
