import { newWitnesses, type Witness } from '../../../src/core/proof/ask-witnesses';
import { growOnce } from '../../../src/core/proof/grow-log';
import { openLog } from '../../../src/core/proof/open-log';
import { noteKeys, readCheckpoint } from '../../../src/core/proof/read-log';
import { changeEntry } from '../../../src/core/audit/record-change';
import { readConfig } from '../../../src/config';
import { parseCheckpoint } from '../../../src/lib/tlog/checkpoint';
import { isSignedBy, parseNote } from '../../../src/lib/tlog/note';
import type { LogHead } from '../../../src/store/proof-log';
import { CALLER, makeCompany } from '../../helpers/company';
import { startService } from '../../helpers/service';
import { testEnvironment } from '../../helpers/settings';
import { startWitness, type TestWitness } from '../../helpers/witness';

const region = 'default';

export type WitnessScene = Awaited<ReturnType<typeof openWitnessScene>>;

/** A service, and two witnesses that know its log. */
export async function openWitnessScene() {
  const environment = testEnvironment();
  const service = await startService(readConfig(environment));
  const { ctx } = service;
  const store = ctx.store.regions[region].proofLog;
  const company = await makeCompany(ctx);
  const good = await startWitness('good.example/w');
  const other = await startWitness('other.example/w');
  await openLog({ ctx, region });
  for (const one of [good, other]) one.trusts = await noteKeys({ ctx, region });
  const scene = {
    environment,
    service,
    ctx,
    store,
    company,
    good,
    other,
    head: async (): Promise<LogHead> => (await store.head())!,
    /** Witnesses as a process that has just started knows them. */
    asked: (...these: Pick<TestWitness, 'key' | 'url'>[]): Witness[] => {
      const config = { ...ctx.config, witnesses: these.map(({ key, url }) => ({ key, url })) };
      const known = newWitnesses({ ctx: { ...ctx, config }, region });
      // Whoever answers at all does so on a busy machine, too.
      return known.map((witness) => ({ ...witness, deadlineMs: 60_000 }));
    },
    record: async (count = 3): Promise<void> => {
      const change = { ctx, companyId: company.id, caller: CALLER } as const;
      const entries = Array.from({ length: count }, () =>
        changeEntry({ ...change, action: 'company.updated' }),
      );
      await ctx.store.regions[region].audit.appendMany(entries);
    },
    /** Records something and publishes it; gives whose cosignatures are on the checkpoint, all good. */
    publish: async (witnesses: Witness[], count = 3): Promise<string[]> => {
      await scene.record(count);
      const head = await store.takeOver((await openLog({ ctx, region }))._id);
      const grown = (await growOnce({ ctx, region, head, witnesses }))!;
      const note = parseNote(await readCheckpoint({ ctx, region }))!;
      const [key] = await noteKeys({ ctx, region });
      expect(isSignedBy(note, key!)).toBe(true);
      if (!grown.head.stopped_reason) {
        expect(parseCheckpoint(note.text)!.size).toBe(grown.head.size);
      }
      const names = note.signatures.map(({ name }) => name).filter((name) => name !== key!.name);
      for (const { key: theirs } of [good, other]) {
        if (names.includes(theirs.name)) expect(isSignedBy(note, theirs)).toBe(true);
      }
      return names;
    },
    close: async () => {
      await Promise.all([service.close(), good.close(), other.close()]);
    },
  };
  return scene;
}
