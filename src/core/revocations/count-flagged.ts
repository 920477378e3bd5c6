import type { Context } from '../../context';
import type { Session } from '../../store';
import type { FlaggedBy } from '../../store/certificate-revoking';
import type { Revocation } from '../../store/revocations';
import { handOverEvents, recordEvents } from '../webhooks/record-events';
import { revokedEvents } from '../webhooks/revocation-events';
import { MAX_CERTIFICATES_PER_ENTRY, namedAlike, revocationEntry } from './revocation-entry';

/** No request names more. */
export const MAX_CERTIFICATES_PER_REQUEST = 10_000;

/** Where a request stands once its flags are set, and the certificates that it revoked, by id. */
export interface FlagResult {
  state: 'flagged' | 'batched' | 'completed' | 'void';
  revokedIds: string[];
}

/**
 * Finds what a request has revoked whose flags have been set, moves it on and, unless it is part of an
 * open batch or names more than fit, writes its audit entry; of channels a second one where it revoked
 * some. In one transaction: right after a change of primary a plain majority read may not show our own
 * flags yet, and would make the request void.
 * @param all this process has just set all flags that the request names, so that none need be read,
 * but to know which of them lacked no other channel
 * @returns `advanced` false: another process was faster
 */
export async function countFlagged({
  ctx,
  revocation,
  all,
}: {
  ctx: Context;
  revocation: Revocation;
  all: boolean;
}): Promise<FlagResult & { advanced: boolean }> {
  const { _id, certificate_ids } = revocation;
  let eventIds: string[] = [];
  type Counted = FlagResult & { advanced: boolean };
  const result = await ctx.store.transaction<Counted>(async (session) => {
    eventIds = [];
    const now = ctx.now();
    const isKnown = all && !revocation.channels;
    const flagged = isKnown ? null : await readFlagged(ctx, _id, session);
    const won = flagged && idsOf(flagged);
    const next = (await isBatchOpen(ctx, revocation, session)) ? 'batched' : 'flagged';
    const state = won?.length === 0 ? 'void' : next;
    const audited = state === 'flagged' && certificate_ids.length <= MAX_CERTIFICATES_PER_ENTRY;
    const exact = all || audited || won?.length === certificate_ids.length;
    const counted = await ctx.store.revocations.advanceFlagged(
      _id,
      {
        state,
        flags_committed_at: now,
        ...(exact && { exact }),
        ...(audited && { audited }),
        ...(audited && won && { certificate_ids: won }),
      },
      session,
    );
    if (!counted) {
      const revokedIds = won ?? idsOf(await readFlagged(ctx, _id, session));
      return { state, revokedIds, advanced: false };
    }
    // As they are called by now: a clean-up may have renamed some since their flags were set.
    const revokedIds = won ?? [...counted.certificate_ids].sort();
    if (audited) {
      const named = flagged ? namedAlike(flagged, counted) : [{ ids: revokedIds, isLast: false }];
      for (const { ids, isLast } of named)
        await ctx.store.audit.append(revocationEntry(counted, 0, ids, isLast), session);
      await ctx.reach('revocation.entry_written');
    }
    if (revokedIds.length > 0) {
      const told = revokedEvents(counted, revokedIds, now);
      eventIds = await recordEvents({ ctx, session, told });
    }
    return { state, revokedIds, advanced: true };
  });
  handOverEvents({ ctx, ids: eventIds });
  return result;
}

/** What a request has revoked whose flags were counted before. */
export async function findRevoked({ ctx, id }: { ctx: Context; id: string }): Promise<string[]> {
  return idsOf(await ctx.store.transaction((session) => readFlagged(ctx, id, session)));
}

function readFlagged(ctx: Context, id: string, session: Session): Promise<FlaggedBy[]> {
  return ctx.store.certificates.revokedByAny([id], session);
}

function idsOf(flagged: FlaggedBy[]): string[] {
  return flagged.map(({ _id }) => _id).sort();
}

/** Whether the request is part of a batch whose own job still has to write the audit. */
async function isBatchOpen(
  ctx: Context,
  { batch_id }: Revocation,
  session: Session,
): Promise<boolean> {
  const batch = batch_id ? await ctx.store.batches.find(batch_id, session) : null;
  return batch?.open === true;
}
