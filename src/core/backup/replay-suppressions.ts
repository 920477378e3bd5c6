import type { Context } from '../../context';
import { retryOnDuplicate } from '../../store';
import type { Actor } from '../../store/actor';
import { CHANNELS } from '../../store/certificates';
import { type Suppression, suppressionId } from '../../store/suppressions';
import { rememberedEntry } from '../revocations/remembered-entry';
import type { SuppressionLine } from './export-format';

/** What became of some remembered opt-outs: those that were not there, or older, and all others. */
export interface ReplayedSuppressions {
  remembered: number;
  already_remembered: number;
}

/**
 * Remembers opt-outs of an export, with their own times, and writes the audit entries of those that
 * revoked nothing, in one transaction. What is there only grows: by channels, or by a newer time.
 */
export async function replaySuppressions({
  ctx,
  companyId,
  lines,
}: {
  ctx: Context;
  companyId: string;
  lines: SuppressionLine[];
}): Promise<ReplayedSuppressions> {
  const exported = lines.map((line) => suppressionOf(companyId, line));
  const entries = lines.flatMap((line) => entryOf(ctx, companyId, line));
  const { suppressions, audit } = ctx.store;
  return retryOnDuplicate(() =>
    ctx.store.transaction(async (session) => {
      const found = await suppressions.find(
        exported.map(({ _id }) => _id),
        session,
      );
      const there = new Map(found.map((one) => [one._id, one]));
      const missing = exported.filter((one) => addsTo(there.get(one._id), one));
      await suppressions.remember(missing, session);
      // Also for known ones: a backup that was not taken at one instant may lack their entries.
      await audit.appendMany(entries, session);
      await ctx.reach('replay.remembering');
      const remembered = missing.length;
      return { remembered, already_remembered: exported.length - remembered };
    }),
  );
}

function suppressionOf(companyId: string, line: SuppressionLine): Suppression {
  const company_id = line.everywhere ? null : companyId;
  const { suppression: hash, channels, at, method, revocation_id } = line;
  return { _id: suppressionId(company_id, hash), company_id, channels, at, method, revocation_id };
}

function addsTo(there: Suppression | undefined, one: Suppression): boolean {
  if (!there || one.at > there.at) return true;
  return CHANNELS.some((channel) => {
    const at = one.channels[channel];
    return at !== undefined && at > (there.channels[channel] ?? new Date(0));
  });
}

function entryOf(ctx: Context, company_id: string, line: SuppressionLine) {
  const { only_remembered: asked, revocation_id, method, at } = line;
  if (!asked || line.everywhere || revocation_id === null) return [];
  const request = {
    _id: revocation_id,
    company_id,
    method,
    reason: asked.reason,
    requested_at: at,
  };
  return [rememberedEntry({ ctx, caller: { ...asked, actor: asked.actor as Actor }, request })];
}
