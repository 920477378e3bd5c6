import { isConfirmed } from '../../core/accounts/is-confirmed';
import { confirmPassword } from '../../core/users/confirm-password';
import type { Context } from '../../context';
import { passwordFirst } from '../account/password-first';
import type { DashboardCall, DashboardPage } from './dashboard-route';
import { pageBefore } from './sign-in-first';

/** Asks for the password before a form that matters; null: it was given lately. */
export async function askPasswordFirst(
  ctx: Context,
  call: DashboardCall,
): Promise<DashboardPage | null> {
  const { by, request, t } = call;
  const page = await passwordFirst(call, {
    isConfirmed: isConfirmed({ ctx, session: by.session }),
    confirm: (password) => confirmPassword({ ctx, by, password }),
    back: pageBefore(request),
  });
  const frame = { frame: '/dashboard/frame', heading: t.dashboard.settings.title };
  return page && { ...page, section: 'settings', data: { ...page.data, ...frame } };
}
