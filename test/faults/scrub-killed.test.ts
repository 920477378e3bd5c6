import { runScrub } from '../../src/core/batches/scrub/run-scrub';
import type { Batch } from '../../src/store/batches';
import {
  batchNow,
  commit,
  moneyOf,
  PRICE,
  resultOf,
  storeScrub,
} from '../core/batches/scrub/scene';
import { collections } from '../helpers/collections';
import { makeCompany } from '../helpers/company';
import { until } from '../helpers/until';
import { startWorker } from './processes';
import { dieAt, emailOf, LONG_MS, makePeople, openScene, type Scene } from './scene';

/** Each worker begins with a thousand; the last has some left. */
const ROWS = 5_600;
const PEOPLE = ROWS / 4;
const INVALID = ROWS / 100;
const PAYABLE = ROWS - INVALID;
const BALANCE = 1_000_000_000;
/** Every other after a checkpoint: three deaths without one end a file. */
const DEATHS = [
  ...['scrub.writing', 'scrub.checkpointed', 'wallet.moving', 'scrub.checkpointed'],
  ...['scrub.writing', 'scrub.checkpointed', 'wallet.moving', 'scrub.checkpointed'],
  ...['batch.closing', 'batch.closing'],
];

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  scene.company = await makeCompany(scene.ctx, { balanceMicrousd: BALANCE });
});
afterAll(() => scene.close());

/** A file of people and strangers, with rows that cannot be read, and the result it has to have. */
async function tellingFile(): Promise<{ file: string; result: string }> {
  const ids = await makePeople(scene, PEOPLE);
  const { certificates } = collections(scene.ctx);
  // Every third has opted out.
  const out = ids.filter((_, person) => person % 3 === 2);
  await certificates.updateMany({ _id: { $in: out } }, { $set: { 'opt_out.revoke': true } });
  const one = await certificates.findOne({ _id: ids[0] });
  const given = one!.consents[0]!.given_at.toISOString();
  const answerOf = (row: number): [string, string] => {
    if (row % 100 === 1) return ['not an email', 'false,invalid,,'];
    if (row % 4 > 0) return [`nobody-${String(row)}@example.com`, 'false,no_consent,,'];
    const person = row / 4;
    if (person % 3 === 2) return [emailOf(person), 'false,opted_out,,'];
    return [emailOf(person), `true,consented,${ids[person] ?? ''},${given}`];
  };
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const [email, answer] = answerOf(row);
    return {
      line: `${email},row ${String(row)}`,
      answered: `${email},row ${String(row)},${answer}`,
    };
  });
  const header = 'email,name,allowed,reason,certificate_id,consent_opt_in';
  return {
    file: ['email,name', ...rows.map(({ line }) => line), ''].join('\n'),
    result: [header, ...rows.map(({ answered }) => answered), ''].join('\n'),
  };
}

/** Each answered row is paid, and what the others cost is reserved; of both the wallet knows. */
async function expectPaid(batch: Batch): Promise<Batch> {
  const now = await batchNow(scene, batch);
  const { rows_read, invalid, open, scrub } = now;
  const charged = (rows_read - invalid) * PRICE;
  const reserved = open ? PAYABLE * PRICE - charged : 0;
  expect(scrub).toMatchObject({ charged_microusd: charged, reserved_microusd: reserved });
  expect(await moneyOf(scene)).toEqual({
    balance_microusd: BALANCE - charged,
    reserved_microusd: reserved,
  });
  return now;
}

test(`a worker killed ${DEATHS.length} times within a scrub answers each row once, in order, for its price`, async () => {
  const { ctx } = scene;
  const { file, result } = await tellingFile();
  const batch = await storeScrub(scene, file);
  const { signal } = new AbortController();
  expect(await runScrub({ ctx, batchId: batch._id, signal })).toBe('previewed');
  await commit(scene, batch);

  const rowsRead: number[] = [];
  for (const step of DEATHS) {
    await dieAt(scene, step);
    rowsRead.push((await expectPaid(batch)).rows_read);
  }
  expect(rowsRead).toEqual([0, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000, 4_000, ROWS, ROWS]);
  await startWorker(scene.env);
  const done = async () => !(await batchNow(scene, batch)).open;
  await until('the scrub is done', done, LONG_MS);
  expect(await expectPaid(batch)).toMatchObject({
    state: 'completed',
    rows_read: ROWS,
    rows_total: ROWS,
    invalid: INVALID,
    scrub: {
      charged_microusd: PAYABLE * PRICE,
      answers: { consented: expect.any(Number), opted_out: Math.floor(PEOPLE / 3) },
    },
  });
  expect(await resultOf(scene, batch)).toBe(result);
}, 300_000);
