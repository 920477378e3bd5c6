import type { ConsentRecord } from '../../store/consents';

export type { ConsentRecord };

/** `complete`: everything is granted that the user cannot do without. */
export type SetStatus = 'complete' | 'incomplete';

/** Consents that were given together, each as it stands. */
export interface ConsentSet {
  id: string;
  user_id: string;
  policy: 'global' | 'US';
  status: SetStatus;
  /** The newest version of each. */
  consents: ConsentRecord[];
}

/** Without these a user cannot go on; under the US policy the second one counts too. */
const REQUIRED = 'termsAndPrivacy';
const REQUIRED_US = 'eSignAct';

/** The newest version of each consent, in the order of the records. */
export function newestVersions(records: ConsentRecord[]): ConsentRecord[] {
  const newest = new Map<string, ConsentRecord>();
  for (const record of records) {
    const seen = newest.get(record.consent_id);
    if (!seen || record.version > seen.version) newest.set(record.consent_id, record);
  }
  return [...newest.values()];
}

/** The set that versions of its consents make, or null without any. */
export function toConsentSet(records: ConsentRecord[]): ConsentSet | null {
  const consents = newestVersions(records);
  const set = consents[0]?.set;
  if (!set) return null;
  const { id, user_id, policy } = set;
  return { id, user_id, policy, status: statusOf(consents), consents };
}

/** Whether everything required is granted; effective, so each consent in its newest version. */
export function statusOf(consents: ConsentRecord[]): SetStatus {
  const granted = new Set(
    consents.filter(({ status }) => status === 'granted').map(({ set }) => set?.type),
  );
  const isUs = consents.some(({ set }) => set?.policy === 'US');
  const complete = granted.has(REQUIRED) && (!isUs || granted.has(REQUIRED_US));
  return complete ? 'complete' : 'incomplete';
}
