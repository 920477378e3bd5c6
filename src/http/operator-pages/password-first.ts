import { confirmPassword, isConfirmed } from '../../core/operators/try-password';
import type { Context } from '../../context';
import { passwordFirst } from '../account/password-first';
import { operatorOf } from '../operator/require-operator';
import { pageBefore } from '../operator/sign-in-first';
import type { PageCall } from '../pages/page-router';
import type { OperatorPage } from './operator-page';

/** Asks for the password before a form that matters; null: it was given lately. */
export async function askPasswordFirst(ctx: Context, call: PageCall): Promise<OperatorPage | null> {
  const { request, t } = call;
  const by = operatorOf(request);
  const page = await passwordFirst(call, {
    isConfirmed: isConfirmed({ ctx, by }),
    confirm: (password) => confirmPassword({ ctx, by, password }),
    back: pageBefore(request),
  });
  if (!page) return null;
  const { status, template, title, data } = page;
  const frame = { frame: '/pages/layout', heading: t.operator.nav.label };
  return { section: null, status, template, title, data: { ...data, ...frame } };
}
