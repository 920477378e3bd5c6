import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Mail } from '../../store/mails';
import { sealMail } from './sealed-mail';
import type { Message } from './sender';

/**
 * Writes a mail down, in the transaction of what it tells: it is sent if and only if that happens.
 * Once that is committed, its id goes to the outbox, as `mails`.
 * @param mail.companyId null for one to a consumer or an operator
 * @param mail.invitationId the link that it brings; it is not sent once that is gone
 * @param mail.lifeMs after that it is neither sent nor kept
 * @returns its id
 */
export async function recordMail({
  ctx,
  session,
  mail,
}: {
  ctx: Context;
  session: Session;
  mail: {
    kind: Mail['kind'];
    companyId: string | null;
    invitationId?: string;
    content: Message;
    lifeMs: number;
  };
}): Promise<string> {
  const { kind, companyId, invitationId = null, content, lifeMs } = mail;
  const id = newId('mail');
  const requested_at = ctx.now();
  const expires_at = new Date(requested_at.getTime() + lifeMs);
  await ctx.store.mails.insert(
    {
      _id: id,
      kind,
      company_id: companyId,
      invitation_id: invitationId,
      sealed: sealMail({ ctx, id, content, until: expires_at }),
      requested_at,
      expires_at,
      enqueued_at: null,
    },
    session,
  );
  return id;
}
