import type { Request } from 'express';
import { AppError } from '../../errors';
import { field, fields, type Page, type PageCall } from '../pages/page-router';
import { wrongPassword } from './wrong-password';

const FIELD = 'password_again';
/** Put into each form anew. */
const FORM_TOKEN = 'form_token';

/**
 * Asks for the password before a form that matters is carried out, unless it was given lately. The
 * page that asks has all that was typed, and sends it again.
 * @param isConfirmed whether it was
 * @param confirm tries a password
 * @param back where the page leads that does not
 * @returns null when the form may be carried out
 */
export async function passwordFirst(
  call: PageCall,
  {
    isConfirmed,
    confirm,
    back,
  }: { isConfirmed: boolean; confirm: (password: string) => Promise<void>; back: string },
): Promise<Page | null> {
  if (isConfirmed) return null;
  const password = field(call.request, FIELD);
  if (password === '') return askPage(call, back, { status: 403 });
  try {
    await confirm(password);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { status, text } = wrongPassword(error, call.t);
    return askPage(call, back, { status, error: text });
  }
}

function askPage(
  { request, t }: PageCall,
  back: string,
  { status, error }: { status: number; error?: string },
): Page {
  return {
    status,
    template: 'account/password-first',
    title: t.account.passwordFirst.title,
    data: { action: request.originalUrl, back, typed: typedInto(request), name: FIELD, error },
  };
}

/** Every field of the form but our own, as often as it was sent. */
function typedInto(request: Request): { name: string; value: string }[] {
  const names = Object.keys((request.body as object | undefined) ?? {});
  return names
    .filter((name) => name !== FIELD && name !== FORM_TOKEN)
    .flatMap((name) => fields(request, name).map((value) => ({ name, value })));
}
