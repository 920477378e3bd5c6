import { z } from 'zod';
import type { Context } from '../../context';
import { openToken, sealToken } from '../../lib/sealed-token';
import type { Message } from './sender';

const message = z.object({
  to: z.object({
    kind: z.enum(['email', 'mobile', 'certificate_id']),
    value: z.string(),
    typed: z.string().optional(),
  }),
  subject: z.string(),
  text: z.string(),
  html: z.string().optional(),
  attachments: z
    .array(z.object({ name: z.string(), type: z.string(), base64: z.string() }))
    .optional(),
}) satisfies z.ZodType<Message>;

/** One mail does not open as another. */
const purposeOf = (id: string): string => `mail ${id}`;

/** Seals a mail, so that whoever reads the database can read none that still waits. */
export function sealMail({
  ctx,
  id,
  content,
  until,
}: {
  ctx: Context;
  id: string;
  content: Message;
  until: Date;
}): string {
  return sealToken(ctx.config.identifierKeys, purposeOf(id), content, until);
}

/** What a sealed mail says; null when none of our keys opens it, or it has expired. */
export function openMail({
  ctx,
  id,
  sealed,
}: {
  ctx: Context;
  id: string;
  sealed: string;
}): Message | null {
  const opened = openToken(ctx.config.identifierKeys, purposeOf(id), sealed, ctx.now());
  return message.safeParse(opened).data ?? null;
}
