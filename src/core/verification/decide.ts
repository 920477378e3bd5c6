import type { Caller } from '../../context';
import { AppError } from '../../errors';
import { distinct } from '../../lib/distinct';
import type { HeldKey } from '../idempotency/acquire-key';
import { isOptedOut } from '../revocations/channels';
import type { Channel, CheckedCertificate } from '../../store/certificates';
import type { Company } from '../../store/companies';
import type { StoredResponse } from '../../store/idempotency';
import { type ComparedConsent, findConsent, type MatchMode } from '../certificates/find-consent';

/** A call that is a check, already authenticated. */
export interface PaidCall {
  originatorCompanyId?: string | undefined;
  company: Company;
  caller: Caller;
  /** The election of the primary that said who is asking, see `Store.election`. */
  election: number;
  /** Under an Idempotency-Key: completed together with the charge. */
  heldKey?: HeldKey | undefined;
  /** Whether the caller waits no more: then it is not charged. */
  isGone?: () => boolean;
  /** The first answer under the key: repeated free of charge, unless revoked since. */
  replay?: StoredResponse | undefined;
}

/** One call of `/verify/match` or `/verify/partial-match`. */
export interface CheckCall extends PaidCall {
  mode: MatchMode;
  certificateId: string;
  text: string;
  /** By which the person is to be contacted; undefined: by any. */
  channel?: Channel | undefined;
}

/** The answer to a check, as it goes over the wire. */
export interface CheckAnswer {
  valid: boolean;
  /** ISO 8601, or null when nothing matched. */
  consent_opt_in: string | null;
  origin: string;
  consent_types?: string[];
  verification_type: 'first_party' | 'third_party';
}

/** Everything that a group of checks needs to know, from one snapshot. */
export interface Snapshot {
  certificates: ReadonlyMap<string, CheckedCertificate>;
  companies: ReadonlyMap<string, Company>;
}

/**
 * Finds whose certificates a check is about.
 * @param companies those that calls name as originators
 * @throws AppError third_party_refused
 */
export function admittedOwner(call: PaidCall, companies: ReadonlyMap<string, Company>): string {
  const owner = ownerOf(call);
  if (isThirdParty(call) && !mayVerify(companies.get(owner), call.company._id)) {
    throw new AppError('third_party_refused');
  }
  return owner;
}

/**
 * Finds the certificate of a check, unless it is refused; money is not its concern. Refuses in the
 * order of the contract: third party not allowed, certificate unknown to that company, opted out.
 * @throws AppError third_party_refused, certificate_not_found, opted_out
 */
export function admit(call: CheckCall, snapshot: Snapshot): CheckedCertificate {
  const owner = admittedOwner(call, snapshot.companies);
  const certificate = snapshot.certificates.get(call.certificateId);
  if (certificate?.company_id !== owner) throw new AppError('certificate_not_found');
  if (isOptedOut(certificate.opt_out, call.channel)) throw new AppError('opted_out');
  if (certificate.data === 'removed') throw new AppError('certificate_not_found');
  return certificate;
}

/**
 * Answers a check that is admitted.
 * @param consents the certificate's, with their texts where `needsTexts`
 */
export function answerCheck(
  call: CheckCall,
  { origin }: CheckedCertificate,
  consents: ComparedConsent[],
): CheckAnswer {
  const consent = findConsent(consents, call.mode, call.text);
  return {
    valid: consent !== undefined,
    consent_opt_in: consent?.given_at.toISOString() ?? null,
    origin,
    ...(call.mode === 'match' && { consent_types: distinct(consents.map(({ type }) => type)) }),
    verification_type: isThirdParty(call) ? 'third_party' : 'first_party',
  };
}

function ownerOf(call: PaidCall): string {
  return call.originatorCompanyId ?? call.company._id;
}

function isThirdParty(call: PaidCall): boolean {
  return ownerOf(call) !== call.company._id;
}

function mayVerify(originator: Company | undefined, companyId: string): boolean {
  return (
    originator?.third_party_verification_enabled === true &&
    originator.authorized_third_parties.includes(companyId)
  );
}
