import type { Caller, Context } from '../../context';
import { newId } from '../../lib/random-ids';
import type { Session } from '../../store';
import { type Certificate, type Channel, CHANNELS } from '../../store/certificates';
import { recordEvents } from '../webhooks/record-events';
import { afterBirth, revokedEvents } from '../webhooks/revocation-events';
import { newOptOut } from './new-opt-out';
import { newRevocation } from './new-revocation';
import { revocationEntry } from './revocation-entry';

/**
 * Makes a certificate that is about to be registered one that is opted out from birth, and writes down
 * the revocation, already completed, with its audit entry.
 * @param session the transaction that registers it
 * @param channels what remembered opt-outs cover
 * @returns the certificate to insert: the same where nothing is covered
 */
export async function bornOptedOut({
  ctx,
  session,
  certificate,
  channels,
  caller,
}: {
  ctx: Context;
  session: Session;
  certificate: Certificate;
  channels: Channel[];
  caller: Caller;
}): Promise<Certificate> {
  if (channels.length === 0) return certificate;
  const { _id, company_id, created_at } = certificate;
  const isAll = channels.length === CHANNELS.length;
  const revocation = newRevocation({
    _id: newId('rev'),
    company_id,
    method: 'standing',
    actor: caller.actor,
    ip: caller.ip,
    ...(!isAll && { channels }),
    certificate_ids: [_id],
    requested_at: created_at,
    state: 'completed',
    flags_committed_at: created_at,
    completed_at: created_at,
    exact: true,
    audited: true,
  });
  await ctx.store.revocations.insert(revocation, session);
  await ctx.store.audit.append(revocationEntry(revocation, 0, [_id]), session);
  const told = afterBirth(revokedEvents(revocation, [_id], created_at));
  await recordEvents({ ctx, session, told });
  return { ...certificate, opt_out: newOptOut(revocation) };
}
