import { recordChange } from '../audit/record-change';
import type { NewInvitation } from './add-user';
import { olderEmails } from '../identifiers/email';
import { changeCompany } from '../companies/change-company';
import { recordMail } from '../messages/record-mail';
import { canReach, isRead, type Wording } from '../messages/sender';
import { type Completion, commitChange } from '../idempotency/commit-change';
import { madeByForm, minting } from '../idempotency/made-by-form';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { HOUR_MS } from '../../lib/durations';
import { derivedId } from '../../lib/derived-ids';
import { hashSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Invitation } from '../../store/invitations';

const VALID_MS = 72 * HOUR_MS;

/** A new link; its secret is never shown again. */
export interface MadeInvitation {
  /** For the person's eyes only; whoever asked for the link sees it where no mail can bring it. */
  secret: string;
  expires_at: Date;
  /** Whether a mail brings it; if not, mails cannot be sent. */
  mailed: boolean;
  /** Of that mail; null: there is none, or it was sent when this form came before. */
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
  /** Names the form it was asked for with: a repeat gets the same link, and sends no second mail. */
  operationId?: string | undefined;
  completion?: Completion<MadeInvitation> | undefined;
}

type What = Pick<Invitation, 'kind' | 'email' | 'role' | 'user_id'>;

/**
 * Invites a person to a company's dashboard, by mail where mails can be sent; this replaces any
 * earlier invitation. Whether other companies have a user with this email is neither looked at nor told.
 * @throws AppError company_not_found; already_exists when the company has a user with this email
 */
export async function inviteUser(
  request: Request & { input: NewInvitation },
): Promise<MadeInvitation> {
  const { ctx, companyId, caller, completion, input } = request;
  const what: What = { kind: 'invitation', user_id: null, ...input };
  return byForm(request, what, (secret) =>
    changeCompany({
      ctx,
      companyId,
      caller,
      completion,
      entry: {
        action: 'user.invited',
        entryId: entryOf(secret),
        reason: `${inviteeOf(secret)}, role: ${input.role}`,
      },
      change: async (session) => {
        const emails = [input.email, ...olderEmails(input.email)];
        if (await ctx.store.accounts.findUserByEmail(companyId, emails)) {
          throw new AppError('already_exists');
        }
        const invitee = { _id: inviteeOf(secret), company_id: companyId, email: input.email };
        await ctx.store.actorNames.keepFormerUser({ ...invitee, removed_at: ctx.now() }, session);
        return make(request, what, secret, session);
      },
    }),
  );
}

/**
 * Makes the link through which a user chooses a new password, and mails it to them where mails can be
 * sent; the old password works until then.
 * @throws AppError user_not_found
 */
export async function issueReset(request: Request & { userId: string }): Promise<MadeInvitation> {
  const { ctx, companyId, caller, userId } = request;
  const user = await ctx.store.accounts.findUser(companyId, userId);
  if (!user) throw new AppError('user_not_found');
  const what: What = { kind: 'reset', user_id: userId, email: user.email, role: user.role };
  return byForm(request, what, (secret) =>
    commitChange({
      ctx,
      completion: request.completion,
      change: async (session) => {
        // Removed meanwhile.
        if (!(await ctx.store.accounts.findUser(companyId, userId, session))) {
          throw new AppError('user_not_found');
        }
        const [action, reason] = ['user.reset_issued' as const, userId];
        const entryId = entryOf(secret);
        await recordChange({ ctx, session, companyId, action, caller, reason, entryId });
        return make(request, what, secret, session);
      },
    }),
  );
}

/** Makes a link and hands its mail over, or gives the one again that the same form has made. */
async function byForm(
  { ctx, companyId, operationId, write }: Request,
  what: What,
  change: (secret: string) => Promise<MadeInvitation>,
): Promise<MadeInvitation> {
  const secret = minting({ ctx, companyId, operationId, input: what }).secret('rescind_inv');
  const findMade = async () =>
    (await ctx.store.invitations.find(hashSecret(secret), ctx.now()))?.created_at;
  const mailed = write !== undefined && canReach(ctx.config, 'email');
  const again = (at: Date) => ({ secret, expires_at: expiryOf(at), mailed, mail_id: null });
  const make = () => change(secret);
  // A link that was used or cancelled leaves no record but this: the form does not bring it back.
  // The entry is read first: of a link made between the two readings, the second finds the link.
  const wasMade = operationId !== undefined && (await ctx.store.audit.exists(entryOf(secret)));
  if (wasMade && !(await findMade())) throw new AppError('already_exists');
  const made = await madeByForm({ ctx, operationId, make, findMade, again });
  if (made.mail_id !== null) ctx.outbox.recorded('mails', made.mail_id);
  return made;
}

/** The audit entry of a link that was made. */
function entryOf(secret: string): string {
  return derivedId('aud', ['link', hashSecret(secret)]);
}

/** Stands in the audit log for whom a link invites, so that their email does not. */
function inviteeOf(secret: string): string {
  return derivedId('inv', ['invitee', hashSecret(secret)]);
}

function expiryOf(createdAt: Date): Date {
  return new Date(createdAt.getTime() + VALID_MS);
}

async function make(
  { ctx, companyId, caller, write, operationId }: Request,
  what: What,
  secret: string,
  session: Session,
): Promise<MadeInvitation> {
  const invitationId = hashSecret(secret);
  const created_at = ctx.now();
  const expires_at = expiryOf(created_at);
  if (operationId !== undefined) {
    const made = await ctx.store.invitations.find(invitationId, created_at, session);
    if (made) throw new AppError('already_exists');
  }
  await ctx.store.invitations.deleteOf(companyId, what.email, session);
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
  if (!write || !isRead(ctx.config, 'email')) {
    return { secret, expires_at, mailed: false, mail_id: null };
  }
  const content = { to: { kind: 'email', value: what.email } as const, ...write(secret) };
  const mail = { kind: what.kind, companyId, invitationId, content, lifeMs: VALID_MS };
  const mailed = canReach(ctx.config, 'email');
  return { secret, expires_at, mailed, mail_id: await recordMail({ ctx, session, mail }) };
}
