import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Session } from '../../store';
import { findConsent } from '../certificates/find-consent';
import type { AskedContact, ContactAnswer } from './contact';
import { type ContactOf, seeContacts } from './see-contacts';
import { type Standing, standingOf } from './standing';

type Live = Extract<Standing, { is: 'live' }>;
type LiveCertificate = Live['certificates'][number];

/** The consent that allows a contact. */
interface Fitting {
  certificate: LiveCertificate;
  givenAt: Date;
}

/** Of the newest certificates of a contact that a term is looked for in: texts may be long. */
const MAX_TEXTS = 20;

/**
 * Decides for many people at once whether a company may contact them, in a few reads for all of them.
 * Money, and whether the company may ask, are not its concern.
 * @param companyId whose certificates and remembered opt-outs count
 * @param session of a transaction; without it each read is of one moment
 * @returns an answer for each contact, in order
 */
export async function judgeContacts({
  ctx,
  companyId,
  contacts,
  session,
}: {
  ctx: Context;
  companyId: string;
  contacts: AskedContact[];
  session?: Session;
}): Promise<ContactAnswer[]> {
  const asked = contacts.map((contact) => ({ companyId, contact }));
  const standings = await standContacts({ ctx, asked, session });
  return answerContacts({ ctx, standings, session });
}

/** Finds how people stand with companies; see `judgeContacts`. */
export async function standContacts({
  ctx,
  asked,
  session,
}: {
  ctx: Context;
  asked: ContactOf[];
  session?: Session | undefined;
}): Promise<Standing[]> {
  const seen = await seeContacts({ ctx, asked, session });
  return asked.map(({ contact }, i) => standingOf(contact, seen[i] ?? []));
}

/** Answers for people whose standing is known. Texts are read only where a term is asked for. */
export async function answerContacts({
  ctx,
  standings,
  session,
}: {
  ctx: Context;
  standings: Standing[];
  session?: Session | undefined;
}): Promise<ContactAnswer[]> {
  const checkedAt = ctx.now().toISOString();
  const live = standings.filter((standing) => standing.is === 'live');
  const byTerm = await findTerms({
    ctx,
    live: live.filter(({ contact }) => contact.term !== undefined),
    session,
  });
  return standings.map((standing) => {
    if (standing.is !== 'live') return refusalOf(standing, checkedAt);
    const { term } = standing.contact;
    const fitting = term === undefined ? newestFitting(standing) : byTerm.get(standing);
    return answerOf(standing, fitting, checkedAt);
  });
}

/** The newest certificate with a consent of the type asked for. */
function newestFitting({ contact, certificates }: Live): Fitting | undefined {
  for (const certificate of certificates) {
    const [consent] = ofType(certificate.consents, contact);
    if (consent) return { certificate, givenAt: consent.given_at };
  }
  return undefined;
}

/** The same for those who ask for a term; the texts are gone through as they are read. */
async function findTerms({
  ctx,
  live,
  session,
}: {
  ctx: Context;
  live: Live[];
  session?: Session | undefined;
}): Promise<Map<Live, Fitting>> {
  const asking = new Map<string, { standing: Live; place: number }[]>();
  for (const standing of live) {
    const { contact, certificates } = standing;
    const possible = certificates.filter(({ consents }) => ofType(consents, contact).length > 0);
    possible.slice(0, MAX_TEXTS).forEach(({ _id }, place) => {
      asking.set(_id, [...(asking.get(_id) ?? []), { standing, place }]);
    });
  }
  const best = new Map<Live, Fitting & { place: number }>();
  if (asking.size === 0) return best;
  const read = ctx.store.certificates.withTexts([...asking.keys()], session);
  for await (const { _id, consents } of read) {
    for (const { standing, place } of asking.get(_id) ?? []) {
      const { contact, certificates } = standing;
      if (place >= (best.get(standing)?.place ?? MAX_TEXTS)) continue;
      const found = findConsent(ofType(consents, contact), 'partial-match', contact.term ?? '');
      const certificate = certificates.find((one) => one._id === _id);
      if (found && certificate) best.set(standing, { certificate, givenAt: found.given_at, place });
    }
  }
  return best;
}

function ofType<C extends { type: string }>(consents: C[], { consentType }: AskedContact): C[] {
  return consentType === undefined ? consents : consents.filter(({ type }) => type === consentType);
}

function refusalOf(standing: Exclude<Standing, Live>, checked_at: string): ContactAnswer {
  if (standing.is === 'unknown') return answer({ reason: 'no_consent' }, checked_at);
  return answer({ reason: 'opted_out', opted_out_at: standing.at.toISOString() }, checked_at);
}

function answerOf(
  { certificates }: Live,
  fitting: Fitting | undefined,
  checked_at: string,
): ContactAnswer {
  const agreed = fitting ? [fitting.certificate] : certificates;
  const consent_types = distinct(
    agreed.flatMap(({ consents }) => consents.map(({ type }) => type)),
  );
  if (!fitting) return answer({ reason: 'other_consent', consent_types }, checked_at);
  const consent_opt_in = fitting.givenAt.toISOString();
  const { _id: certificate_id } = fitting.certificate;
  return answer(
    { allowed: true, reason: 'consented', certificate_id, consent_opt_in, consent_types },
    checked_at,
  );
}

/** In the order of the contract; without spreading, as it is done for each row of a scrub. */
function answer(
  given: Partial<ContactAnswer> & Pick<ContactAnswer, 'reason'>,
  checked_at: string,
): ContactAnswer {
  return {
    allowed: given.allowed ?? false,
    reason: given.reason,
    certificate_id: given.certificate_id ?? null,
    consent_opt_in: given.consent_opt_in ?? null,
    consent_types: given.consent_types ?? [],
    opted_out_at: given.opted_out_at ?? null,
    checked_at,
  };
}
