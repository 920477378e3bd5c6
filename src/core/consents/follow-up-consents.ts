import type { Context } from '../../context';
import type { Region } from '../../store/regions';
import { finishEach } from '../follow-ups/finish-each';
import type { ConsentFinished } from './finish-consent-revocations';
import type { FinishConsent } from './finish-consents-together';

/**
 * Finishes the revocations of consents that one job carries, all of a region; see `finishEach`.
 * @param finish of this process and region; see `createFinishConsents`
 */
export function followUpConsents({
  ctx,
  region,
  finish,
  revocationIds,
}: {
  ctx: Context;
  region: Region;
  finish: FinishConsent;
  revocationIds: string[];
}): Promise<ConsentFinished | 'split'> {
  return finishEach({
    ctx,
    outbox: region === 'us' ? 'usConsentRevocations' : 'consentRevocations',
    ids: revocationIds,
    finish,
    outcomes: ['done', 'already_done', 'gone'],
  });
}
