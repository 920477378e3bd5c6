import { leafHash, rootOf } from '../../lib/tlog/merkle';
import type { AuditAction } from '../../store/audit-actions';
import type { AuditEntry } from '../../store/audit-entries';
import type { LedgerName } from '../../store/certificates';
import { commitmentIn } from '../../store/ledger-refs';
import {
  commitmentTo,
  commitTo,
  newSaltSecret,
  type Opening,
  saltFor,
} from '../../lib/commitments';
import { recordText } from './record-text';

/** Of events by which somebody withdraws consent, or gives it (the states of ISO/IEC TS 27560). */
const STATES: Partial<Record<AuditAction, 'given' | 'withdrawn'>> = {
  'certificate.created': 'given',
  'certificate.revoked': 'withdrawn',
  'certificate.channels_revoked': 'withdrawn',
  'opt_out.remembered': 'withdrawn',
  'opt_out.requested': 'withdrawn',
  'consent.created': 'given',
  'consent.revoked': 'withdrawn',
};

/** What the log calls certificates, by their ids. */
export type CertificateNames = ReadonlyMap<string, LedgerName>;

/** Something that an entry names: what stands for it, and what opens that; null: it has been removed. */
export interface Subject {
  commitment: string;
  opening: Opening | null;
}

/** What an entry is recorded with: secrets that the entry keeps, so that its record can be opened. */
export interface EntrySecrets {
  /** Of what stays for good. */
  salt: string;
  /** Of what a clean-up empties, and goes with it. */
  person_salt: string;
}

/** Secrets for an entry that is put into the log. */
export function newEntrySecrets(): EntrySecrets {
  return { salt: newSaltSecret(), person_salt: newSaltSecret() };
}

/**
 * The record of an audit entry: what happened and when, in plain; who, for which company and about
 * whom as commitments. Certificates are under a Merkle root of their own, so that whoever is shown one
 * learns of no other.
 * @param recordId `<origin of the log>#<index>`
 */
export function recordOfEntry({
  entry,
  secrets,
  names,
  recordId,
}: {
  entry: AuditEntry;
  secrets: EntrySecrets;
  names: CertificateNames;
  recordId: string;
}): string {
  const about = subjectsOf({ entry, salt: secrets.salt, names });
  const state = STATES[entry.action];
  return recordText({
    record_id: recordId,
    event_type: entry.action,
    ...(state && { event_state: state }),
    event_time: entry.at.toISOString(),
    commitments: {
      ...commitTo(secrets.salt, lastingOf(entry)),
      // Its salt is the person's alone.
      ...(entry.requested && { identifier: entry.requested.identifier }),
      ...commitTo(secrets.person_salt, erasableOf(entry)),
    },
    ...(about.length > 0 && {
      subjects: rootOf(about.map((one) => leafHash(subjectLeaf(one)))).toString('base64url'),
    }),
  });
}

/** What an entry says that stays for good. */
export function lastingOf(entry: AuditEntry) {
  const { company_id, actor, method, _id, action, requested, answered } = entry;
  return {
    pii_controller: requested ? null : company_id,
    entity_id: actor.id === null ? actor.type : `${actor.type}:${actor.id}`,
    method,
    request_id: STATES[action] === 'withdrawn' || answered ? _id.split('.')[0] : null,
    channels: requested ? requested.channels.join(' ') : null,
    rows: answered && String(answered.rows),
    allowed: answered && String(answered.allowed),
    result_bytes: answered && String(answered.bytes),
  };
}

/** What an entry says that clean-ups empty. */
export function erasableOf({ ip, reason, answered }: AuditEntry) {
  return { ip, reason, result_sha256: answered?.result_sha256 };
}

/** Each certificate and consent that an entry names, in their order. */
export function subjectsOf({
  entry,
  salt,
  names,
}: {
  entry: AuditEntry;
  /** The entry's. */
  salt: string;
  names: CertificateNames;
}): Subject[] {
  const own = (value: string, name: string): Subject => {
    const opening = { salt: saltFor(salt, name), value };
    return { commitment: commitmentTo(opening), opening };
  };
  const certificates = entry.certificates.map((value, i): Subject => {
    const name = names.get(value);
    if (!name) return own(value, `certificate ${String(i)}`);
    const opening = name.ledger_salt === undefined ? null : { salt: name.ledger_salt, value };
    return { commitment: commitmentIn(name.ledger_ref), opening };
  });
  const consents = (entry.consents ?? []).map((value, i) => own(value, `consent ${String(i)}`));
  return [...certificates, ...consents];
}

/** The exact bytes of the leaf of something that an entry is about. */
export function subjectLeaf({ commitment }: Subject): string {
  return JSON.stringify({ subject: commitment });
}
