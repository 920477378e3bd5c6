import { recordChange } from '../audit/record-change';
import type { NewInvitation } from './add-user';
import { olderEmails } from '../identifiers/email';
import { changeCompany } from '../companies/change-company';
import { recordMail } from '../messages/record-mail';
import { canReach, type Wording } from '../messages/sender';
import { type Completion, commitChange } from '../idempotency/commit-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { HOUR_MS } from '../../lib/durations';
import { hashSecret, newSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Invitation } from '../../store/invitations';

const VALID_MS = 72 * HOUR_MS;

/** A new link; its secret is never shown again. */
export interface MadeInvitation {
  /** For the person's eyes only; whoever asked for the link sees it where no mail can bring it. */
  secret: string;
  expires_at: Date;
  /** Of the mail that brings it; null: mails cannot be sent. */
  mail_id: string | null;
}

/** Writes the mail around the secret of a link. */
export type WriteLink = (secret: string) => Wording;

interface Request {
  ctx: Context;
  companyId: string;
  caller: Caller;
  /** Absent: whoever asked brings the link. */
  write?: WriteLink | undefined;
  completion?: Completion<MadeInvitation> | undefined;
}

/**
 * Invites a person to a company's dashboard, by mail where mails can be sent; this replaces any
 * earlier invitation. Whether other companies have a user with this email is neither looked at nor told.
 * @throws AppError company_not_found; already_exists when the company has a user with this email
 */
export async function inviteUser(
  request: Request & { input: NewInvitation },
): Promise<MadeInvitation> {
  const { ctx, companyId, caller, completion, input } = request;
  const made = await changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: { action: 'user.invited', reason: `role: ${input.role}` },
    change: async (session) => {
      const emails = [input.email, ...olderEmails(input.email)];
      if (await ctx.store.accounts.findUserByEmail(companyId, emails)) {
        throw new AppError('already_exists');
      }
      return make(request, { kind: 'invitation', user_id: null, ...input }, session);
    },
  });
  return handOver(ctx, made);
}

/**
 * Makes the link through which a user chooses a new password, and mails it to them where mails can be
 * sent; the old password works until then.
 * @throws AppError user_not_found
 */
export async function issueReset(request: Request & { userId: string }): Promise<MadeInvitation> {
  const { ctx, companyId, caller, userId } = request;
  const made = await commitChange({
    ctx,
    completion: request.completion,
    change: async (session) => {
      const user = await ctx.store.accounts.findUser(companyId, userId, session);
      if (!user) throw new AppError('user_not_found');
      const { email, role } = user;
      const [action, reason] = ['user.reset_issued', userId];
      await recordChange({ ctx, session, companyId, action, caller, reason });
      return make(request, { kind: 'reset', user_id: userId, email, role }, session);
    },
  });
  return handOver(ctx, made);
}

function handOver(ctx: Context, made: MadeInvitation): MadeInvitation {
  if (made.mail_id !== null) ctx.outbox.recorded('mails', made.mail_id);
  return made;
}

async function make(
  { ctx, companyId, caller, write }: Request,
  what: Pick<Invitation, 'kind' | 'email' | 'role' | 'user_id'>,
  session: Session,
): Promise<MadeInvitation> {
  const secret = newSecret('rescind_inv');
  const created_at = ctx.now();
  const expires_at = new Date(created_at.getTime() + VALID_MS);
  await ctx.store.invitations.deleteOf(companyId, what.email, session);
  const invitationId = hashSecret(secret);
  await ctx.store.invitations.insert(
    {
      _id: invitationId,
      company_id: companyId,
      made_by: caller.actor,
      created_at,
      expires_at,
      ...what,
    },
    session,
  );
  if (!write || !canReach(ctx.config, 'email')) return { secret, expires_at, mail_id: null };
  const content = { to: { kind: 'email', value: what.email } as const, ...write(secret) };
  const mail = { kind: what.kind, companyId, invitationId, content, lifeMs: VALID_MS };
  return { secret, expires_at, mail_id: await recordMail({ ctx, session, mail }) };
}
