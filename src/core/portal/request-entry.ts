import type { Context } from '../../context';
import { commitmentTo } from '../../lib/commitments';
import type { Session } from '../../store';
import { type AuditEntry, CONSUMER_LOG } from '../../store/audit-entries';
import { CHANNELS, type Channel } from '../../store/certificates';
import type { PortalRequest } from '../../store/portal';
import { changeEntry } from '../audit/record-change';
import { type RequestKey, requestEntryId } from './request-key';

/** The consents that a request withdraws, as far as the person may know them. */
export interface Withdrawn {
  certificates: string[];
  consents: string[];
}

/**
 * Writes into the log that a request was made at the portal: the same for everybody, whatever is found.
 * It has no IP: nothing that is found by a person leads to it, so that no clean-up would empty it.
 * @param withdrawn only for who has shown who they are
 */
export async function recordRequestEntry({
  ctx,
  session,
  request,
  key,
  channels = [...CHANNELS],
  withdrawn,
}: {
  ctx: Context;
  session: Session;
  request: Pick<PortalRequest, 'requested_at'>;
  key: RequestKey;
  channels: Channel[] | undefined;
  withdrawn: Withdrawn;
}): Promise<void> {
  const { reference, salt, identifier } = key;
  const entry: AuditEntry = {
    ...changeEntry({
      ctx,
      companyId: CONSUMER_LOG,
      action: 'opt_out.requested',
      caller: { actor: { type: 'consumer', id: null }, ip: null },
      entryId: requestEntryId(reference),
      certificates: withdrawn.certificates,
      ...(withdrawn.consents.length > 0 && { consents: withdrawn.consents }),
      at: request.requested_at,
    }),
    method: 'consumer_portal',
    requested: { identifier: commitmentTo({ salt, value: identifier }), channels },
  };
  await ctx.store.audit.append(entry, session);
}
