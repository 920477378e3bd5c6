import { inviteOperator, resetOperator } from '../../core/operators/invite-operator';
import { getOperator, listOperators } from '../../core/operators/list-operators';
import type { MadeLink } from '../../core/operators/make-link';
import { removeOperator } from '../../core/operators/remove-operator';
import { confirmPassword } from '../../core/operators/try-password';
import { newInvitation } from '../../core/users/add-user';
import { AppError } from '../../errors';
import { wrongPassword } from '../account/wrong-password';
import { linkUrl } from '../operator/link-url';
import { operatorOf } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import {
  newOperationId,
  operationIdOf,
  putAway,
  showOnce,
  shownOnce,
  type ShownOncePage,
} from '../pages/shown-once';
import {
  backTo,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  PREFIX,
  shownTo,
} from './operator-page';

const PATH = `${PREFIX}/operators`;

/** What was typed into the page's form, and what is wrong with it. */
interface Forms {
  status?: number;
  typed?: { email?: string; role?: string };
  errors?: { email?: string; current?: string };
}

/** Who may sign in here: admins invite people, let them choose a new password, and remove them. */
export function mountOperators(routes: OperatorRoutes): void {
  const { ctx, get, post } = routes;
  const adminsOnly = { adminsOnly: true };
  get('/operators', (call) => operatorsPage(routes, call));
  post('/operators', (call) => invite(routes, call));
  post('/operators/copied', (call) => {
    putAway(ctx, call, PATH);
    return { redirect: call.link(PATH) };
  });
  get('/operators/:operator_id/reset', (call) => ask(routes, call, 'reset'), adminsOnly);
  post('/operators/:operator_id/reset', (call) => reset(routes, call));
  get('/operators/:operator_id/remove', (call) => ask(routes, call, 'remove'), adminsOnly);
  post('/operators/:operator_id/remove', (call) => remove(routes, call), { fresh: true });
}

async function operatorsPage(
  { ctx }: OperatorRoutes,
  call: PageCall,
  { status = 200, typed = {}, errors = {} }: Forms = {},
): Promise<OperatorPage> {
  const { named } = operatorOf(call.request);
  return {
    section: 'operators',
    status,
    template: 'operator-pages/operators',
    title: call.t.operator.operators.title,
    data: {
      tab: 'operators',
      operators: await listOperators({ ctx }),
      me: named?.operator_id ?? null,
      typed,
      errors,
      path: PATH,
      made: shownOnce(ctx, call.request, shownHere(call)),
      operationId: newOperationId(),
    },
  };
}

function shownHere({ request }: PageCall): ShownOncePage {
  return shownTo(request, PATH);
}

/** Has the page show a link, which whoever asked for it hands over. */
function backShowing({ ctx }: OperatorRoutes, call: PageCall, made: MadeLink): Redirect {
  const { operator, secret, expires_at } = made;
  const url = linkUrl(ctx, call.request, secret);
  const values = { email: operator.email, until: expires_at.toISOString(), url };
  showOnce(ctx, call, shownHere(call), { kind: 'link', values });
  return { redirect: call.link(PATH) };
}

async function invite(routes: OperatorRoutes, call: PageCall): Promise<OperatorPage | Redirect> {
  const { ctx } = routes;
  const { request, t } = call;
  const typed = { email: field(request, 'email'), role: field(request, 'role') };
  const words = t.operator.operators;
  const input = newInvitation.safeParse(typed);
  if (!input.success) {
    const errors = { email: t.dashboard.errors.email };
    return operatorsPage(routes, call, { status: 400, typed, errors });
  }
  const by = operatorOf(request);
  try {
    await confirmPassword({ ctx, by, password: field(request, 'current') });
    const operationId = operationIdOf(request);
    const { caller } = by;
    const made = await inviteOperator({ ctx, caller, operationId, input: input.data });
    return backShowing(routes, call, made);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'already_exists') {
      return operatorsPage(routes, call, { status: 409, typed, errors: { email: words.taken } });
    }
    const { status, text: current } = wrongPassword(error, t);
    return operatorsPage(routes, call, { status, typed, errors: { current } });
  }
}

/** Asks before something is done to or for a colleague. */
async function ask(
  { ctx }: OperatorRoutes,
  call: PageCall,
  verb: 'remove' | 'reset',
  error?: string,
): Promise<OperatorPage> {
  const { operator_id: id, email } = await getOperator({
    ctx,
    operatorId: parameter(call, 'operator_id'),
  });
  const words = call.t.operator.operators;
  const question = words[`${verb}Title`](email);
  // A link is as good as an account, and outlives an unlocked screen.
  const asksPassword = verb === 'reset' && operatorOf(call.request).named !== null;
  return {
    section: 'operators',
    template: 'operator-pages/operator-confirm',
    title: question,
    data: {
      heading: words.title,
      question,
      note: words[`${verb}Note`],
      button: words[verb],
      action: `${PATH}/${encodeURIComponent(id)}/${verb}`,
      back: PATH,
      operationId: newOperationId(),
      password: asksPassword
        ? { label: words.ownPassword, hint: words.ownPasswordHint, error }
        : null,
    },
  };
}

async function reset(routes: OperatorRoutes, call: PageCall): Promise<OperatorPage | Redirect> {
  const { ctx } = routes;
  const { request, t } = call;
  const by = operatorOf(request);
  const operatorId = parameter(call, 'operator_id');
  try {
    await confirmPassword({ ctx, by, password: field(request, 'current') });
    const operationId = operationIdOf(request);
    const made = await resetOperator({ ctx, caller: by.caller, operationId, operatorId });
    return backShowing(routes, call, made);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'operator_not_found') return backTo(call, PATH, 'operatorGone');
    // The same form, sent again after its link was used.
    if (error.code === 'already_exists') return { redirect: call.link(PATH) };
    const { status, text } = wrongPassword(error, t);
    return { ...(await ask(routes, call, 'reset', text)), status };
  }
}

async function remove({ ctx }: OperatorRoutes, call: PageCall): Promise<Redirect> {
  const { caller } = operatorOf(call.request);
  try {
    await removeOperator({ ctx, caller, operatorId: parameter(call, 'operator_id') });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'operator_not_found') throw error;
    return backTo(call, PATH, 'operatorGone');
  }
  return backTo(call, PATH, 'operatorRemoved');
}
