import { recordChange } from '../audit/record-change';
import { getCertificate } from '../certificates/get-certificate';
import { requireCompany } from '../companies/require-company';
import type { Caller, Context } from '../../context';
import { identifierLookups } from '../identifiers';
import { normalizeEmail } from '../identifiers/email';
import { normalizeMobile } from '../identifiers/mobile';
import type { LegalHold } from '../../store/accounts';
import type { CertificateNames } from '../../store/certificate-search';
import type { HoldSubject } from './legal-hold-subject';

/** Counting stops after this many of a kind. */
export const MAX_HELD_COUNTED = 10_000;

/** How a person was named. */
export type PersonKind = 'email' | 'mobile' | 'user_id';

/** What a hold would cover, as it is to be placed. */
export interface FoundSubject {
  subject: HoldSubject;
  /** Null: no person. */
  person: FoundPerson | null;
  /** The reason of the hold that it has already; null: none. */
  heldFor: string | null;
}

/** What clean-ups could remove of a person; null: too much to count in time. */
export interface FoundPerson {
  kind: PersonKind;
  /** In its normal form. */
  value: string;
  certificates: number | null;
  revoked: number | null;
  consents: number | null;
}

/**
 * Looks up what a legal hold is to cover, before it is placed. That a person was looked up is in the
 * audit log, without who it was.
 * @throws AppError company_not_found; certificate_not_found, also for another company's
 */
export async function lookUpSubject({
  ctx,
  companyId,
  caller,
  subject,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  subject: HoldSubject;
}): Promise<FoundSubject> {
  await requireCompany({ ctx, companyId });
  const holds = await ctx.store.accounts.listHolds(companyId);
  const { user_id, certificate_id } = subject;
  if (user_id !== undefined) {
    const person = await lookUpPerson(ctx, companyId, user_id, caller);
    const held = holds.find((hold) => holdsPerson(hold, person.value));
    // Under the spelling that it was placed with, so that there is one hold and not two.
    return { subject: { user_id: held?.subject_id ?? user_id }, person, heldFor: reasonOf(held) };
  }
  if (certificate_id === undefined) {
    const held = holds.find(({ scope }) => scope === 'all');
    return { subject: { all: true }, person: null, heldFor: reasonOf(held) };
  }
  const typed = (await ctx.store.people.idInAnyCase(certificate_id)) ?? certificate_id;
  const found = await getCertificate({ ctx, companyId, certificateId: typed });
  const { certificate_id: id } = found;
  const held = holds.find(({ scope, subject_id }) => scope === 'certificate' && subject_id === id);
  return { subject: { certificate_id: id }, person: null, heldFor: reasonOf(held) };
}

function reasonOf(hold: LegalHold | undefined): string | null {
  return hold?.reason ?? null;
}

/** A person as a hold names them: `loadHolds` reads the same. */
function readPerson(text: string): Pick<FoundPerson, 'kind' | 'value'> {
  const email = normalizeEmail(text);
  if (email !== null) return { kind: 'email', value: email };
  const mobile = normalizeMobile(text);
  return mobile === null ? { kind: 'user_id', value: text } : { kind: 'mobile', value: mobile };
}

function holdsPerson({ scope, subject_id }: LegalHold, value: string): boolean {
  return scope === 'user' && subject_id !== null && readPerson(subject_id).value === value;
}

async function lookUpPerson(
  ctx: Context,
  companyId: string,
  text: string,
  caller: Caller,
): Promise<FoundPerson> {
  const { kind, value } = readPerson(text);
  // First, so that nothing is ever seen that is not in the log.
  await ctx.store.transaction((session) =>
    recordChange({ ctx, session, companyId, action: 'person.looked_up', caller, reason: kind }),
  );
  const names = namesOf(ctx, kind, value, text);
  const { certificateSearch, personConsents } = ctx.store;
  const count = (revoked?: boolean) =>
    kind === 'user_id'
      ? Promise.resolve(0)
      : certificateSearch.count(companyId, { names, revoked }, MAX_HELD_COUNTED);
  const who = kind === 'user_id' ? { ref: value } : names;
  const [certificates, revoked, consents] = await Promise.all([
    count(),
    count(true),
    personConsents.countOfCompany(companyId, who, MAX_HELD_COUNTED),
  ]);
  return { kind, value, certificates, revoked, consents };
}

function namesOf(ctx: Context, kind: PersonKind, value: string, typed: string): CertificateNames {
  const identifiers = {
    email: kind === 'email' ? value : null,
    mobile: kind === 'mobile' ? value : null,
    typedEmail: typed,
  };
  return {
    id_prefixes: [],
    email_prefixes: [],
    ids: [],
    session_ids: [],
    revocation_ids: [],
    revocation_prefixes: [],
    ...identifierLookups({ ctx, identifiers }),
  };
}
