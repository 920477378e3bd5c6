import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { formatKey, parseNote, signNote } from '../../lib/tlog/note';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { newLogKey, noteKeysOf, signingKeyOf } from './log-keys';
import { recordLogChange } from './record-log-change';

/** A log that has a new key. */
export interface ChangedKey {
  origin: string;
  /** As a verifier key. */
  verifier_key: string;
}

/**
 * Has new keys sign for every log of a region. The former ones stay published, so that what they signed
 * stays good; their secret halves are gone. What is published is signed again at once: receipts are
 * signed by the key that signed their checkpoint.
 * @returns the logs, the one that grows first; none: none has been begun
 */
export async function changeLogKeys({
  ctx,
  region,
}: {
  ctx: Context;
  region: Region;
}): Promise<ChangedKey[]> {
  const entryId = newId('aud');
  const { proofLog, transaction } = ctx.store.regions[region];
  return transaction(async (session) => {
    const heads = await proofLog.heads(session);
    const changed: LogHead[] = [];
    for (const head of heads) {
      const next = withNewKey(ctx, head);
      const { keys, checkpoint } = next;
      await proofLog.changeKeys(head._id, { keys, checkpoint }, session);
      changed.push(next);
    }
    if (changed.length === 0) return [];
    const reason = changed
      .map(({ origin, keys }) => `${origin} ${keys[0]?.key_id ?? ''}`)
      .join(', ');
    const action = 'proof.key_changed';
    await recordLogChange({ ctx, session, region, entryId, action, reason });
    return changed.map((head) => ({
      origin: head.origin,
      verifier_key: noteKeysOf(head).map(formatKey)[0] ?? '',
    }));
  });
}

function withNewKey(ctx: Context, head: LogHead): LogHead {
  const { origin, checkpoint } = head;
  const retired = head.keys.map((key) => ({
    ...key,
    sealed: null,
    retired_at: key.retired_at ?? ctx.now(),
  }));
  const next = { ...head, keys: [newLogKey({ ctx, origin }), ...retired] };
  const note = checkpoint === null ? null : parseNote(checkpoint);
  if (checkpoint === null || !note) return next;
  // Cosignatures are over the text alone, and stay.
  const cosignatures = checkpoint
    .slice(note.text.length + 1)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(`— ${origin} `))
    .map((line) => `${line}\n`);
  const signature = signNote(note.text, origin, signingKeyOf({ ctx, head: next }));
  return { ...next, checkpoint: `${note.text}\n${signature}${cosignatures.join('')}` };
}
