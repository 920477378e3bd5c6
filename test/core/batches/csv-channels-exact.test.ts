import { commitBatch } from '../../../src/core/batches/commit-batch';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { MINUTE_MS } from '../../../src/lib/durations';
import { type Channel, CHANNELS } from '../../../src/store/certificates';
import { CALLER } from '../../helpers/company';
import { csv, outcomesOf, peopleOf } from './channels-scene';
import {
  at,
  batchNow,
  counts,
  crash,
  type CsvScene,
  openCsvScene,
  run,
  storeBatch,
  withNewCompany,
} from './scene';

let scene: CsvScene;

beforeAll(async () => {
  scene = await openCsvScene();
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
});
afterAll(() => scene.close());

const { make, optedOut, optOut } = peopleOf(() => scene);

/** A row of the model: whom it names, and what it opts out of. */
type Row = [names: string[], channels: Channel[] | undefined];

/** What becomes of rows, one after another, where others had opted out before. */
function model(rows: Row[], before: Record<string, Channel[]>) {
  const state = new Map(Object.entries(before));
  const claimed = new Map<string, Channel[]>();
  const found = rows.map(([names, channels = [...CHANNELS]]) => {
    const news = names.map((name) => {
      const mine = claimed.get(name) ?? [];
      const claims = channels.filter((channel) => !mine.includes(channel));
      const fresh = claims.filter((channel) => !(state.get(name) ?? []).includes(channel));
      claimed.set(name, [...mine, ...claims]);
      state.set(name, [...(state.get(name) ?? []), ...fresh]);
      return { claims: claims.length, fresh: fresh.length };
    });
    if (news.every(({ claims }) => claims === 0)) return 'duplicate';
    return news.some(({ fresh }) => fresh > 0) ? 'revoked' : 'already_revoked';
  });
  return { found, state };
}

const WANTED: (Channel[] | undefined)[] = [
  ['call'],
  ['text'],
  ['email'],
  ['call', 'text'],
  ['text', 'email'],
  ['call', 'email'],
  undefined,
];

/** Rows that are the same for the same number, in no order that anybody would think of. */
function someRows(seed: number): Row[] {
  let next = seed;
  const pick = <T>(from: T[]): T => {
    next = (next * 48_271) % 2_147_483_647;
    return from[next % from.length]!;
  };
  return Array.from({ length: 13 }, () => {
    const names = pick([['a'], ['b'], ['c'], ['d'], ['a', 'b'], ['c', 'd']]);
    return [names, pick(WANTED)];
  });
}

test.each([
  [11, 'batch.flagged', 1],
  [12, 'batch.flagged', 2],
  [13, 'batch.flagged', 3],
  [14, 'batch.flagged', 4],
  [15, 'batch.checkpointed', 1],
  [16, 'batch.checkpointed', 2],
  [17, 'batch.checkpointed', 3],
  [18, 'batch.checkpointed', 5],
  [19, 'batch.remembered', 2],
  [20, 'revocation.entry_written', 1],
  [21, 'batch.closing', 1],
])(
  'file %i is exact, previewed and run, though a worker dies at %s, time number %i',
  async (seed, step, nth) => {
    const { ctx } = scene;
    const ids = await make('a', 'b', 'c', 'd');
    await optOut('c', ['call', 'email']);
    await optOut('d');
    const rows = someRows(seed);
    const lines = rows.map(([[one, two], channels]) => {
      return `${one!}@example.com,${two ? ids[two]! : ''},${channels?.join(' ') ?? ''}`;
    });
    const file = csv('email,certificate_id,channels', ...lines);
    const { found, state } = model(rows, { c: ['call', 'email'], d: [...CHANNELS] });
    const expected = found.flatMap((outcome, i) =>
      outcome === 'revoked' ? [] : [`${String(i + 2)} ${outcome}`],
    );
    const soon = new Date(ctx.now().getTime() + 2 * MINUTE_MS);
    const more = { dry_run: true, upload_expires_at: soon };
    const batch = await storeBatch(scene, file, more);
    await run(ctx, batch);
    expect(await outcomesOf(scene, batch)).toEqual(expected);
    const previewed = await batchNow(scene, batch);
    const who = { companyId: scene.company.id, batchId: batch._id, caller: CALLER };
    await commitBatch({ ctx, ...who });
    await expect(run(at(ctx, step, nth, crash), batch)).rejects.toThrow('crash');
    expect(await run(ctx, batch)).toBe('completed');
    const ended = await batchNow(scene, batch);
    expect(counts(ended)).toEqual(counts(previewed));
    expect(await outcomesOf(scene, ended)).toEqual(expected);
    const { certificates_revoked, partial_rows } = previewed;
    expect(ended).toMatchObject({ certificates_revoked, partial_rows, remembered: rows.length });
    for (const [name, id] of Object.entries(ids)) {
      expect([name, await optedOut(id)]).toEqual([
        name,
        CHANNELS.filter((channel) => state.get(name)?.includes(channel)),
      ]);
    }
    // Each request names each of its certificates once.
    expect(await proveAudit({ ctx, signal: new AbortController().signal, now: soon })).toBe('done');
  },
);
