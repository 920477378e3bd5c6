import type { Context } from '../../src/context';
import { newEntrySecrets, recordOfEntry } from '../../src/core/proof/record-of-entry';
import { recordOfPage } from '../../src/core/proof/record-of-page';
import { recordIdOf } from '../../src/core/proof/record-text';
import { readNames } from '../../src/core/proof/certificate-names';
import { newSaltSecret } from '../../src/lib/commitments';
import { newId } from '../../src/lib/random-ids';
import { leafHash } from '../../src/lib/tlog/merkle';
import { append, edgeOf } from '../../src/lib/tlog/tiles';
import { collections } from '../services/collections';
import type { BenchCompany } from './data';
import { growNow, pageOf, refsOf, revocationOf } from './logged-data';

/** Leaves that are written at once: no transaction is needed where nobody else writes. */
const AT_ONCE = 5_000;

/**
 * Makes the log of a database so long, as the service would, only sooner: every other leaf is a revocation
 * and a page of 20 checks.
 */
export async function lengthenLog(ctx: Context, company: BenchCompany, to: number): Promise<void> {
  const { proofLog } = ctx.store.regions.default;
  const { audit, ledgerPages, logHeads } = collections(ctx);
  const refs = await refsOf(ctx, company);
  const names = await readNames({
    ctx,
    region: 'default',
    entries: company.certificateIds.map((_, i) => revocationOf(ctx, company, i)),
  });
  const nobody = newId('com');
  let head = await growNow(ctx);
  while (head.size < to) {
    const { _id: log, origin, size, first_leaf: first } = head;
    const indices = Array.from({ length: Math.min(AT_ONCE, to - size) }, (_, i) => size + i);
    const entries = indices
      .filter((index) => index % 2 === 0)
      .map((index) => ({
        ...revocationOf(ctx, company, index),
        ...newEntrySecrets(),
        leaf: first + index,
      }));
    const pages = indices
      .filter((index) => index % 2 === 1)
      .map((index) => ({
        ...pageOf(ctx, nobody, refs, index),
        salt: newSaltSecret(),
        leaf: first + index,
      }));
    const records = new Map<number, string>();
    for (const { leaf, salt, person_salt, ...entry } of entries) {
      const recordId = recordIdOf(origin, leaf - first);
      records.set(
        leaf - first,
        recordOfEntry({ entry, secrets: { salt, person_salt }, names, recordId }),
      );
    }
    for (const { leaf, salt, ...page } of pages) {
      records.set(
        leaf - first,
        recordOfPage({ page, salt, recordId: recordIdOf(origin, leaf - first) }),
      );
    }
    const texts = indices.map((index) => records.get(index) ?? '');
    const edge = await proofLog.findTiles(log, edgeOf(size));
    const grown = append(
      size,
      edge,
      texts.map((text) => leafHash(text)),
    );
    await audit.insertMany(entries);
    await ledgerPages.insertMany(pages);
    await ctx.store.regions.default.transaction(async (session) => {
      await proofLog.addRecords(log, size, texts, session);
      await proofLog.putTiles(log, grown.tiles, session);
    });
    const next = { size: grown.size, root: grown.root.toString('base64') };
    await logHeads.updateOne({ _id: log }, { $set: next });
    head = { ...head, ...next };
  }
  await growNow(ctx);
}
