import type { Context } from '../../context';
import { hashSecret, newSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { User } from '../../store/accounts';
import { recordChange } from '../audit/record-change';
import { requireCompany } from '../companies/require-company';
import { olderEmails } from '../identifiers/email';
import { composeMail } from '../messages/compose-mail';
import { forgottenPassword } from '../messages/letters';
import { recordMail } from '../messages/record-mail';
import { RESET_LIFE_MS, type ResetRequest } from './request-reset';

/**
 * Makes the links of a request, one for each account of the email, with the mails that bring them; once,
 * however often it is tried.
 * @param mailId the request as it was written down
 * @returns how many there are
 */
export async function grantReset({
  ctx,
  mailId,
  request,
}: {
  ctx: Context;
  mailId: string;
  request: ResetRequest;
}): Promise<number> {
  const emails = [request.email, ...olderEmails(request.email)];
  const users = await ctx.store.accounts.usersByEmail(emails);
  if (users.length === 0) return 0;
  const made = await ctx.store.transaction(async (session) => {
    if (!(await ctx.store.mails.take(mailId, session))) return [];
    const ids: string[] = [];
    for (const user of users) ids.push(await makeLink(ctx, user, request, session));
    return ids;
  });
  for (const id of made) ctx.outbox.recorded('mails', id);
  return made.length;
}

/**
 * Earlier links stay: whoever asks for somebody else's must not end those that they were sent. The
 * first one that is used ends all of them.
 */
async function makeLink(
  ctx: Context,
  { _id: userId, company_id: companyId, email, role }: User,
  { ip, links_at }: ResetRequest,
  session: Session,
): Promise<string> {
  const { name } = await requireCompany({ ctx, companyId, session });
  const secret = newSecret('rescind_inv');
  const invitationId = hashSecret(secret);
  const created_at = ctx.now();
  const made_by = { type: 'system', id: null } as const;
  await ctx.store.invitations.insert(
    {
      _id: invitationId,
      company_id: companyId,
      kind: 'reset',
      email,
      role,
      user_id: userId,
      made_by,
      created_at,
      expires_at: new Date(created_at.getTime() + RESET_LIFE_MS),
    },
    session,
  );
  const [action, caller] = ['user.reset_requested', { actor: made_by, ip }] as const;
  await recordChange({ ctx, session, companyId, action, caller, reason: userId });
  const wording = composeMail(forgottenPassword(name, links_at + secret));
  const content = { to: { kind: 'email', value: email } as const, ...wording };
  const mail = { kind: 'reset', companyId, invitationId, content, lifeMs: RESET_LIFE_MS } as const;
  return recordMail({ ctx, session, mail });
}
