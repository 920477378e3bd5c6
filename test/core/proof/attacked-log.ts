import { changeEntry } from '../../../src/core/audit/record-change';
import { readCheckpoint } from '../../../src/core/proof/read-log';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import type { AuditEntry } from '../../../src/store/audit-entries';
import type { Region } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import type { Service } from '../../helpers/service';
import { aged } from '../cleanup/scene';
import { makeTraces, type TracesScene } from '../cleanup/traces-scene';

const KEPT = [
  'audit',
  'ledgerPages',
  'logRecords',
  'logTiles',
  'logHeads',
  'certificates',
] as const;

export type AttackedLog = Awaited<ReturnType<typeof makeAttackedLog>>;

/** The id of a record of the first log. */
export const recordAt = (index: number) => `1:${String(index).padStart(15, '0')}`;

/** A log of more than 512 records, also about somebody who has been cleaned up; and ways to tamper with it. */
export async function makeAttackedLog(service: Service) {
  const { ctx } = service;
  const scene = makeTraces(service, await makeCompany(ctx));
  const person = { email: 'gone@example.com' };
  await aged(scene, 400, person);
  await finishRevocation({ ctx, revocationId: await scene.optOut(person) });
  const { id: certificateId } = await aged(scene, 10, { email: 'left@example.com' });
  expect(await scene.check(certificateId)).toBe('200');
  const revocationId = await scene.optOut({ email: 'left@example.com' });
  await finishRevocation({ ctx, revocationId });
  await growLogNow(ctx);
  const kept = await readCheckpoint({ ctx, region: 'default' });
  await scene.clean();
  await record(scene, 600);
  await growLogNow(ctx);
  await record(scene, 3, 'us');
  await growLogNow(ctx, 'us');
  const all = () => collections(ctx);
  const before = new Map<string, object[]>();
  for (const name of KEPT) before.set(name, await all()[name].find().toArray());
  return { revocationId, certificateId, kept, all, ...tampering(all, revocationId), undo };

  async function undo(): Promise<void> {
    await Promise.all(
      KEPT.map(async (name) => {
        await all()[name].deleteMany({});
        await all()[name].insertMany((before.get(name) ?? []) as never[]);
      }),
    );
  }
}

/** Writes audit entries that nothing else writes. */
async function record(
  { ctx, company }: TracesScene,
  count: number,
  region: Region = 'default',
): Promise<void> {
  const change = { ctx, companyId: company.id, caller: CALLER, action: 'company.updated' } as const;
  const entries = Array.from({ length: count }, () => changeEntry(change));
  await ctx.store.regions[region].audit.appendMany(entries);
}

function tampering(all: () => ReturnType<typeof collections>, revocationId: string) {
  const entryId = `${revocationId}.0`;
  return {
    entryOf: async () => (await all().audit.findOne({ _id: entryId }))!,
    textAt: async (index: number) =>
      (await all().logRecords.findOne({ _id: recordAt(index) }))!.record,
    setText: (index: number, text: string) =>
      all().logRecords.updateOne({ _id: recordAt(index) }, { $set: { record: text } }),
    setEntry: (change: Partial<AuditEntry>) =>
      all().audit.updateOne({ _id: entryId }, { $set: change }),
    setLeaf: (from: number, to: number) =>
      all().audit.updateOne({ leaf: from }, { $set: { leaf: to } }),
    setHead: (change: object) => all().logHeads.updateOne({ _id: 1 }, { $set: change }),
    size: async () => (await all().logHeads.findOne({ _id: 1 }))!.size,
    /** Turns one bit of a tile. */
    turnBit: async (tile: string, hash: number) => {
      const { hashes } = (await all().logTiles.findOne({ _id: tile }))!;
      const bytes = Buffer.from(hashes.buffer);
      bytes[hash * 32] = bytes[hash * 32]! ^ 1;
      await all().logTiles.updateOne({ _id: tile }, { $set: { hashes: bytes as never } });
    },
  };
}
