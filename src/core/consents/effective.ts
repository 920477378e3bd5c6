import type { ConsentRecord } from '../../store/consents';

export type { ConsentRecord };

/** `complete`: every required consent is granted. */
export type SetStatus = 'complete' | 'incomplete';

/** Consents that were given together, in their current state. */
export interface ConsentSet {
  id: string;
  user_id: string;
  policy: 'global' | 'US';
  status: SetStatus;
  /** The newest version of each. */
  consents: ConsentRecord[];
}

/** Required for `complete`; the second one under the US policy only. */
const REQUIRED = 'termsAndPrivacy';
const REQUIRED_US = 'eSignAct';

/** The newest version of each consent, in the order in which the records name them. */
export function newestVersions(records: ConsentRecord[]): ConsentRecord[] {
  const newest = new Map<string, ConsentRecord>();
  for (const record of records) {
    const seen = newest.get(record.consent_id);
    if (!seen || record.version > seen.version) newest.set(record.consent_id, record);
  }
  return [...newest.values()];
}

/** The set that these versions of its consents make up; null when there are none. */
export function toConsentSet(records: ConsentRecord[]): ConsentSet | null {
  const consents = newestVersions(records);
  const set = consents[0]?.set;
  if (!set) return null;
  const { id, user_id, policy } = set;
  return { id, user_id, policy, status: statusOf(consents), consents };
}

/** The status of a set, from the newest version of each of its consents. */
export function statusOf(consents: ConsentRecord[]): SetStatus {
  const granted = new Set(
    consents.filter(({ status }) => status === 'granted').map(({ set }) => set?.type),
  );
  const isUs = consents.some(({ set }) => set?.policy === 'US');
  const complete = granted.has(REQUIRED) && (!isUs || granted.has(REQUIRED_US));
  return complete ? 'complete' : 'incomplete';
}
