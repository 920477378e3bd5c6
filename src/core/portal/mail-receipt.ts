import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import { recordMail } from '../messages/record-mail';
import type { Attachment, Wording } from '../messages/sender';

/**
 * Writes down the mail by which a person gets the receipt of their request at the portal.
 * @param email the one that was opted out: the person has typed it, and no page shows it again
 */
export async function mailReceipt({
  ctx,
  email,
  wording,
  attachments,
}: {
  ctx: Context;
  email: string;
  wording: Wording;
  attachments: Attachment[];
}): Promise<void> {
  const content = { to: { kind: 'email', value: email } as const, ...wording, attachments };
  const mail = { kind: 'receipt', companyId: null, content, lifeMs: DAY_MS } as const;
  const mailId = await ctx.store.transaction((session) => recordMail({ ctx, session, mail }));
  ctx.outbox.recorded('mails', mailId);
}
