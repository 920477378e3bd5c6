import type { Session } from '../../store';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { ConsentRecord } from '../../store/consents';
import { type SetStatus, statusOf } from './effective';
import { newestSets } from './get-user-consents';
import type { ConsentRequest } from './register-consent';

/** What revoking `targets` does to the status of their user as the transaction sees it. */
export async function impactOn(
  user: Omit<ConsentRequest, 'caller'> & {
    userId: string;
    targets: ConsentRecord[];
    session: Session;
  },
): Promise<NonNullable<ConsentRevocation['impact']>> {
  const { targets, session } = user;
  const [newest] = await newestSets({ ...user, limit: 1, session });
  const before: SetStatus = newest?.status ?? 'incomplete';
  const revoked = new Set(targets.map(({ consent_id }) => consent_id));
  const left = newest?.consents.filter(({ consent_id }) => !revoked.has(consent_id)) ?? [];
  return { before, after: statusOf(left) };
}
