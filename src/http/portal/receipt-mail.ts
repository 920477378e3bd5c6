import type { Context } from '../../context';
import { composeMail } from '../../core/messages/compose-mail';
import { isRead } from '../../core/messages/sender';
import { mailReceipt } from '../../core/portal/mail-receipt';
import type { Receipt } from '../../core/proof/receipt';
import { pause } from '../../lib/pause';
import type { Page, PageCall, Redirect } from '../pages/page-router';
import { timesIn } from '../pages/times';
import { gonePage, type Mailed } from './done';
import { type Done, openDone } from './done-link';
import type { Portal } from './portal';
import { pathOfDone, RECEIPT_NAMES, receiptBytes, receiptOf } from './receipt';

/** As long as a form may wait for the log, which takes a second or two. */
const PATIENCE_MS = 4_000;
const LOOK_EVERY_MS = 250;

/**
 * `POST /opt-out/done/:token/mail`: sends the receipt to the email that was opted out, and nowhere else.
 * The page that follows says `sent`, `pending` or `limit`.
 */
export async function askForMail(
  { ctx, limits }: Portal,
  call: PageCall,
): Promise<Page | Redirect> {
  const done = openDone(ctx, call.request);
  const email = done?.email ?? null;
  if (!done || email === null || !isRead(ctx.config, 'email')) return gonePage(call);
  const receipt = await waitForReceipt(ctx, done);
  if (!receipt) return backTo(call, 'pending');
  const isWithinLimit = await limits.mayGetReceipt({ kind: 'email', value: email });
  if (!isWithinLimit) return backTo(call, 'limit');
  const wording = wordingOf(call, done);
  const files = await receiptBytes(ctx, call, receipt);
  const attachments = Object.entries(files).map(([type, bytes]) => ({
    name: RECEIPT_NAMES[type as keyof typeof files],
    type: `application/${type}`,
    base64: bytes.toString('base64'),
  }));
  await mailReceipt({ ctx, email, wording, attachments });
  return backTo(call, 'sent');
}

async function waitForReceipt(ctx: Context, done: Done): Promise<Receipt | null> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const receipt = await receiptOf(ctx, done);
    if (receipt || patience.aborted) return receipt;
    await pause(LOOK_EVERY_MS, patience);
  }
}

function wordingOf({ tag, t }: PageCall, { reference, at }: Done) {
  const { mail } = t.portal.done.receipt;
  const when = new Date(at);
  const { reference: name, time } = t.portal.done;
  return composeMail({
    lang: tag,
    subject: mail.subject(reference),
    heading: mail.heading,
    pieces: [
      mail.text,
      {
        facts: [
          [name, reference],
          [time, timesIn(tag, 'UTC', when).time(when)],
        ],
      },
      mail.ignore,
    ],
  });
}

function backTo(call: PageCall, mailed: Mailed): Redirect {
  const path = pathOfDone(call);
  return { redirect: `${path}${path.includes('?') ? '&' : '?'}mailed=${mailed}` };
}
