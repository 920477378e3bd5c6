import type { Context } from '../../../src/context';
import {
  batchNow,
  counts,
  type CsvScene,
  expectAuditedOnce,
  openCsvScene,
  run,
  tenRows,
} from './scene';

let scene: CsvScene;

beforeAll(async () => {
  scene = await openCsvScene();
});
afterAll(() => scene.close());

/**
 * A context whose look-ups are answered by a deposed primary, which lacks every certificate; of the
 * one that has taken its place the process learns once it has asked.
 */
function deposing(ctx: Context, lookUps: number[]): Context {
  const { certificates } = ctx.store;
  let asked = 0;
  let elections = 0;
  const findForRows: typeof certificates.findForRows = async (...keys) => {
    if (!lookUps.includes(++asked)) return certificates.findForRows(...keys);
    elections += 1;
    return [];
  };
  const store = {
    ...ctx.store,
    certificates: { ...certificates, findForRows },
    election: () => ctx.store.election() + elections,
  };
  return { ...ctx, store };
}

test('rows that a deposed primary was asked about are looked up again', async () => {
  const { batch, ids, expected } = await tenRows(scene);
  expect(await run(deposing(scene.ctx, [1, 3, 5]), batch)).toBe('completed');
  expect(counts(await batchNow(scene, batch))).toEqual(expected);
  await expectAuditedOnce(scene, ids);
});
