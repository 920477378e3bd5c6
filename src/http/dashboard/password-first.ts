import type { Request } from 'express';
import { confirmPassword, isConfirmed } from '../../core/users/confirm-password';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { field, fields } from '../pages/page-router';
import type { DashboardCall, DashboardPage } from './dashboard-route';
import { pageBefore } from './sign-in-first';
import { wrongPassword } from './wrong-password';

const FIELD = 'password_again';

/**
 * Asks for the password before a form that matters is carried out, unless it was given lately. The
 * page that asks has all that was typed, and sends it again.
 * @returns null when the form may be carried out
 */
export async function passwordFirst(
  ctx: Context,
  call: DashboardCall,
): Promise<DashboardPage | null> {
  const { by, request, t } = call;
  if (isConfirmed({ ctx, by })) return null;
  const password = field(request, FIELD);
  if (password === '') return askPage(call, { status: 403 });
  try {
    await confirmPassword({ ctx, by, password });
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { status, text } = wrongPassword(error, t.dashboard);
    return askPage(call, { status, error: text });
  }
}

function askPage(
  { request, t }: DashboardCall,
  { status, error }: { status: number; error?: string },
): DashboardPage {
  const words = t.dashboard.passwordFirst;
  return {
    section: 'settings',
    status,
    template: 'dashboard/password-first',
    title: words.title,
    data: {
      action: request.originalUrl,
      back: pageBefore(request),
      typed: typedInto(request),
      name: FIELD,
      error,
    },
  };
}

/** Every field of the form but our own, as often as it was sent. */
function typedInto(request: Request): { name: string; value: string }[] {
  const names = Object.keys((request.body as object | undefined) ?? {});
  return names
    .filter((name) => name !== FIELD)
    .flatMap((name) => fields(request, name).map((value) => ({ name, value })));
}
