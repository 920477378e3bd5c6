import type { CertificateView } from '../../core/certificates/certificate-view';
import type { lookAtCertificate } from '../../core/certificates/get-certificate';
import type { CertificateChecks } from '../../core/wallet/certificate-checks';
import type { DashboardCall } from './dashboard-route';

/** Something that happened to a certificate, or will. */
interface Step {
  at: Date;
  /** Something that happened several times: the last one. */
  until?: Date;
  text: string;
  /** What else there is to say. */
  note?: string;
  /** From here on it proves nothing. */
  isEnd?: boolean;
}

/** What is known of a certificate. */
interface Past {
  certificate: CertificateView;
  /** That opted out of some channels. */
  requests: Awaited<ReturnType<typeof lookAtCertificate>>['requests'];
  checks: CertificateChecks;
}

type StepWords = DashboardCall['t']['dashboard']['certificate']['steps'];

const MAX_GIVEN = 10;

/** What happened to a certificate and what will, oldest first. */
export function timeline(
  { certificate, requests, checks }: Past,
  property: string,
  { certificate: { steps: w, optOuts }, audit }: DashboardCall['t']['dashboard'],
): Step[] {
  const { consents, opt_out, retained_until, session_retained_until } = certificate;
  const { data, cleaned_at } = certificate;
  const given = consents.slice(0, MAX_GIVEN).map(({ type, given_at }) => ({
    at: new Date(given_at),
    text: w.given(type),
  }));
  const more = consents.length - given.length;
  const last = given.at(-1);
  const method = opt_out.method === null ? '' : audit.methods[opt_out.method];
  const steps: (Step | null)[] = [
    ...given.slice(0, -1),
    last ? { ...last, ...(more > 0 && { note: w.more(more) }) } : null,
    { at: new Date(certificate.created_timestamp), text: w.registered(property) },
    ...checkedSteps(checks, w),
    ...requests.map(({ at, method, channels }) => ({
      at,
      text: w.optedOut(optOuts.optedOut(channels), audit.methods[method]),
    })),
    at(opt_out.revoked_at, { text: w.revoked(method), note: opt_out.reason ?? '', isEnd: true }),
    data === 'full'
      ? null
      : at(cleaned_at, { text: data === 'removed' ? w.removed : w.anonymised }),
    at(session_retained_until, { text: w.sessionRetained }),
    at(retained_until, { text: w.retained }),
  ];
  return steps.flatMap((step) => step ?? []).sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** A step for each day on which it was checked. */
function checkedSteps({ days, more }: CertificateChecks, w: StepWords): Step[] {
  return days.map(({ count, first, last }, i) => ({
    at: first,
    ...(count > 1 && { until: last }),
    text: w.checked(count),
    ...(more && i === days.length - 1 && { note: w.checkedBefore }),
  }));
}

function at(time: string | null, step: Omit<Step, 'at'>): Step | null {
  return time === null ? null : { at: new Date(time), ...step };
}
