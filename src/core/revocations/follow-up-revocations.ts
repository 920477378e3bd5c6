import type { Context } from '../../context';
import { finishEach } from '../follow-ups/finish-each';
import type { Finished } from './finish-revocation';
import type { Finish } from './finish-together';

/**
 * Finishes the revocations of one job; see `finishEach`.
 * @param finish of this process; see `createFinishTogether`
 */
export function followUpRevocations({
  ctx,
  finish,
  revocationIds,
}: {
  ctx: Context;
  finish: Finish;
  revocationIds: string[];
}): Promise<Finished | 'split'> {
  return finishEach({
    ctx,
    outbox: 'revocations',
    ids: revocationIds,
    finish,
    outcomes: ['done', 'void', 'already_done', 'gone'],
  });
}
