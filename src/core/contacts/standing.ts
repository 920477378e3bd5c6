import { type Channel, CHANNELS } from '../../store/certificates';
import type { ContactCertificate } from '../../store/certificate-contacts';
import type { Suppression } from '../../store/suppressions';
import type { AskedContact } from './contact';

/** What is known of one identifier of a contact. */
export interface SeenIdentifier {
  /** The company's certificates of it. */
  certificates: ContactCertificate[];
  /** Of what is remembered, all that the company has to heed. */
  remembered: Suppression[];
}

/** How somebody stands with a company, before it is looked at what they have agreed to. */
export type Standing = { contact: AskedContact } & (
  | { is: 'unknown' }
  | { is: 'opted_out'; at: Date }
  /** Newest consent first; at least one. */
  | { is: 'live'; certificates: ContactCertificate[] }
);

/** Whether a certificate still says anything: what a clean-up has left of one that nobody revoked does not. */
export function isHeld({ data, opt_out }: ContactCertificate): boolean {
  return data !== 'removed' || opt_out.revoke;
}

/**
 * Finds how somebody stands with a company. Each identifier may object: one whose own certificates are
 * all opted out, one of which nothing but an opt-out is known, and what is remembered of any of them
 * against the consent of all.
 * @param seen what is known of each of the contact's identifiers
 */
export function standingOf(contact: AskedContact, seen: SeenIdentifier[]): Standing {
  const channels = contact.channel === undefined ? CHANNELS : [contact.channel];
  const held = seen.filter(({ certificates }) => certificates.length > 0);
  if (held.length === 0) return { contact, is: 'unknown' };
  const own = held.map(({ certificates, remembered }) => judge(certificates, remembered, channels));
  const objecting = own.filter(({ live }) => live.length === 0).flatMap(({ times }) => times);
  // Somebody else's consent, however new, is none of theirs.
  const strangers = seen.filter(({ certificates }) => certificates.length === 0);
  objecting.push(...strangers.flatMap((one) => timesOf(one.remembered, channels)));
  if (objecting.length > 0) return { contact, is: 'opted_out', at: newest(objecting) };
  const candidates = new Map(own.flatMap(({ live }) => live.map((one) => [one._id, one])));
  const remembered = seen.flatMap((one) => one.remembered);
  const { live, times } = judge([...candidates.values()], remembered, channels);
  if (live.length === 0) return { contact, is: 'opted_out', at: newest(times) };
  live.sort((a, b) => consentedAt(b).getTime() - consentedAt(a).getTime());
  return { contact, is: 'live', certificates: live };
}

/** Those that hold for all the channels, and when others were opted out of. */
function judge(
  certificates: ContactCertificate[],
  remembered: Suppression[],
  channels: readonly Channel[],
): { live: ContactCertificate[]; times: Date[] } {
  const live: ContactCertificate[] = [];
  const times: Date[] = [];
  for (const certificate of certificates) {
    const against = optOuts(certificate, remembered, channels);
    if (against.length === 0) live.push(certificate);
    times.push(...against);
  }
  return { live, times };
}

/** The times of all opt-outs of any of the channels that hold for a certificate. */
function optOuts(
  certificate: ContactCertificate,
  remembered: Suppression[],
  channels: readonly Channel[],
): Date[] {
  const { opt_out, created_at } = certificate;
  const given = consentedAt(certificate).getTime();
  const times = timesOf(remembered, channels).filter((at) => at.getTime() >= given);
  if (opt_out.revoke) times.push(opt_out.revoked_at ?? created_at);
  if (channels.some((channel) => opt_out.channels?.includes(channel))) {
    const requests = opt_out.requests?.filter((one) =>
      channels.some((channel) => one.channels.includes(channel)),
    );
    times.push(...(requests?.map(({ at }) => at) ?? [created_at]));
  }
  return times;
}

/** When the newest requests for each of the channels came. */
function timesOf(remembered: Suppression[], channels: readonly Channel[]): Date[] {
  return remembered.flatMap((one) => channels.flatMap((channel) => one.channels[channel] ?? []));
}

function consentedAt({ consented_at, created_at }: ContactCertificate): Date {
  return consented_at ?? created_at;
}

function newest(times: Date[]): Date {
  return new Date(Math.max(...times.map((at) => at.getTime())));
}
