import { z } from 'zod';
import { CHANNELS } from '../../core/certificates/certificate-view';
import {
  type AskedContact,
  CONTACT_REASONS,
  type ContactAnswer,
} from '../../core/contacts/contact';
import type { Context } from '../../context';
import { type ShownOncePage, showOnce, shownOnce } from '../pages/shown-once';
import type { DashboardCall } from './dashboard-route';

export const CONTACTS_PATH = '/dashboard/contacts';
const KIND = 'contact';
/** A cookie carries it, which has room for a few. */
const MAX_TYPES = 5;

const schema = z.object({
  /** Who was asked about, as typed. */
  asked: z.string(),
  channel: z.enum([...CHANNELS, '']),
  reason: z.enum(CONTACT_REASONS),
  certificateId: z.string(),
  givenAt: z.string(),
  types: z.string(),
  optedOutAt: z.string(),
  checkedAt: z.string(),
});

/** The answer to a check, as the page shows it; empty: there is none. */
export type Verdict = z.output<typeof schema>;

/**
 * Keeps the verdict for the page that the form redirects to. It names a person, so it stands neither in an
 * address nor in the database, but sealed in a cookie.
 */
export function keepVerdict(
  ctx: Context,
  call: DashboardCall,
  { asked, contact, answer }: { asked: string; contact: AskedContact; answer: ContactAnswer },
): void {
  const values: Verdict = {
    asked,
    channel: contact.channel ?? '',
    reason: answer.reason,
    certificateId: answer.certificate_id ?? '',
    givenAt: answer.consent_opt_in ?? '',
    types: answer.consent_types.slice(0, MAX_TYPES).join(', '),
    optedOutAt: answer.opted_out_at ?? '',
    checkedAt: answer.checked_at,
  };
  showOnce(ctx, call, pageOf(call), { kind: KIND, values });
}

/** The verdict of the newest check, for ten minutes. */
export function keptVerdict(ctx: Context, call: DashboardCall): Verdict | null {
  const [newest] = shownOnce(ctx, call.request, pageOf(call));
  const read = schema.safeParse(newest?.values);
  return read.success ? read.data : null;
}

function pageOf({ by }: DashboardCall): ShownOncePage {
  return { path: CONTACTS_PATH, owner: by.formToken };
}
