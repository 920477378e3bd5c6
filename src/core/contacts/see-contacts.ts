import type { Context } from '../../context';
import type { Session } from '../../store';
import type { ContactCertificate, NamedPerson } from '../../store/certificate-contacts';
import { idsToHeed, ownIds } from '../suppressions/suppression-ids';
import type { AskedContact, ContactIdentifier } from './contact';
import { isHeld, type SeenIdentifier } from './standing';

/** A contact that a company is asked about. */
export interface ContactOf {
  companyId: string;
  contact: AskedContact;
}

/** Of one person as they are written, newest first: more than anybody needs, and soon read. */
const MAX_OF_A_PERSON = 100;
/** Of people at once; where they have more, they are read in halves. */
const MANY_OF_EACH = 10;

const FIELDS = { email: 'email_hash', mobile: 'mobile_hash' } as const;

/**
 * Reads what there is to know of contacts, a few reads for all of them: certificates, and for those who
 * have some, what is remembered. Of whom the company holds nothing, nothing else is looked up.
 * @param session of a transaction; without it each read is of one moment, certificates first
 * @returns for each contact, in order, what is known of each of its identifiers
 */
export async function seeContacts({
  ctx,
  asked,
  session,
}: {
  ctx: Context;
  asked: ContactOf[];
  session?: Session | undefined;
}): Promise<SeenIdentifier[][]> {
  const held = new ByPerson();
  for (const kind of ['email', 'mobile'] as const) {
    const field = FIELDS[kind];
    for (const one of await read(ctx, field, peopleOf(asked, kind), session)) {
      if (isHeld(one)) held.add(one.company_id, one[field] ?? '', one);
    }
  }
  const seen = asked.map(({ companyId, contact: { identifiers } }) => {
    const certificates = identifiers.map(({ hashes }) => held.of(companyId, hashes));
    const isKnown = certificates.some((found) => found.length > 0);
    const heeded = identifiers.map(({ current }, i): string[] => {
      if (!isKnown) return [];
      // What a stranger has asked of the whole service must not show.
      return certificates[i]?.length === 0
        ? ownIds(companyId, current)
        : idsToHeed(companyId, current);
    });
    return { certificates, heeded };
  });
  const ids = [...new Set(seen.flatMap(({ heeded }) => heeded.flat()))];
  const found = ids.length > 0 ? await ctx.store.suppressions.find(ids, session) : [];
  const remembered = new Map(found.map((one) => [one._id, one]));
  return seen.map(({ certificates, heeded }) =>
    certificates.map((ofOne, i) => ({
      certificates: ofOne,
      remembered: (heeded[i] ?? []).flatMap((id) => remembered.get(id) ?? []),
    })),
  );
}

/** Everybody who is named by this kind of identifier, each once. */
function peopleOf(asked: ContactOf[], kind: ContactIdentifier['kind']): NamedPerson[] {
  const known = new Map<string, Set<string>>();
  const people: NamedPerson[] = [];
  for (const { companyId, contact } of asked) {
    const own = known.get(companyId) ?? new Set();
    known.set(companyId, own);
    for (const identifier of contact.identifiers) {
      if (identifier.kind !== kind) continue;
      for (const hash of identifier.hashes) {
        if (own.has(hash)) continue;
        own.add(hash);
        people.push({ companyId, hash });
      }
    }
  }
  return people;
}

/** Certificates by company and hash. */
class ByPerson {
  private readonly companies = new Map<string, Map<string, ContactCertificate[]>>();

  add(companyId: string, hash: string, certificate: ContactCertificate): void {
    const own = this.companies.get(companyId) ?? new Map<string, ContactCertificate[]>();
    this.companies.set(companyId, own);
    const known = own.get(hash);
    if (known) known.push(certificate);
    else own.set(hash, [certificate]);
  }

  of(companyId: string, hashes: string[]): ContactCertificate[] {
    const own = this.companies.get(companyId);
    const found: ContactCertificate[] = [];
    if (own) for (const hash of hashes) found.push(...(own.get(hash) ?? []));
    return found;
  }
}

/** Reads all at once, unless somebody among them has too many certificates. */
async function read(
  ctx: Context,
  field: 'email_hash' | 'mobile_hash',
  people: NamedPerson[],
  session?: Session,
): Promise<ContactCertificate[]> {
  if (people.length === 0) return [];
  const limit = MAX_OF_A_PERSON + MANY_OF_EACH * (people.length - 1);
  const found = await ctx.store.certificates.findForContacts(field, people, limit, session);
  if (people.length === 1) return found;
  if (found.length < limit) {
    const [{ companyId: first } = { companyId: '' }] = people;
    if (people.every(({ companyId }) => companyId === first)) return found;
    // Of each pair of a hash and a company; others are read again with the other half.
    const asked = new Set(people.map(({ companyId, hash }) => keyOf(companyId, hash)));
    return found.filter((one) => asked.has(keyOf(one.company_id, one[field] ?? '')));
  }
  const half = people.length >> 1;
  const first = await read(ctx, field, people.slice(0, half), session);
  return [...first, ...(await read(ctx, field, people.slice(half), session))];
}

function keyOf(companyId: string, hash: string): string {
  return `${companyId} ${hash}`;
}
