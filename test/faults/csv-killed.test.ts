import type { Batch } from '../../src/store/batches';
import { collections } from '../helpers/collections';
import { sized } from '../helpers/soak';
import { until } from '../helpers/until';
import { type Child, startWeb, startWorker, type Web } from './processes';
import { emailOf, makePeople, openScene, type Scene, upload } from './scene';

const ROWS = sized({ suite: 100_000, soak: 1_000_000 });
const ROWS_PER_PERSON = sized({ suite: 4, soak: 25 });
const PEOPLE = ROWS / ROWS_PER_PERSON;
const REVOKED_BEFORE = 500;
const KILLS_WHILE_REVOKING = sized({ suite: 4, soak: 8 });
const KILLS_WHILE_RECORDING = sized({ suite: 1, soak: 2 });
const KILLS = KILLS_WHILE_REVOKING + KILLS_WHILE_RECORDING;
const AGES_MS = 10 * 60_000;

let scene: Scene;
let web: Web;

beforeAll(async () => {
  scene = await openScene();
  web = await startWeb(scene.env);
});
afterAll(() => scene.close());

/** A file with rows of every kind. */
function fileOf(ids: string[]): string {
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const person = Math.floor(row / ROWS_PER_PERSON);
    // By email and by id in turn.
    if (row % ROWS_PER_PERSON === 0) {
      return person % 2 === 0 ? `,${emailOf(person)}` : `${ids[person] ?? ''},`;
    }
    if (row % 1_000 === 1) return `${ids[person] ?? ''},`;
    if (row % 1_000 === 2) return ',not an email';
    return `,nobody-${String(row)}@example.com`;
  });
  return `Certificate ID,Email\n${lines.join('\n')}\n`;
}

const repeats = ROWS / 1_000;
const EXPECTED = {
  state: 'completed',
  rows_read: ROWS,
  rows_total: ROWS,
  revoked: PEOPLE - REVOKED_BEFORE,
  already_revoked: REVOKED_BEFORE,
  not_found: ROWS - PEOPLE - 2 * repeats,
  invalid: repeats,
  duplicate: repeats,
  certificates_revoked: PEOPLE - REVOKED_BEFORE,
};

/** Kills the worker once `isTime`, wherever it is in its work, and starts another. */
async function killWhen(
  worker: Child,
  batchId: string,
  isTime: (batch: Batch) => boolean,
): Promise<Child> {
  const reached = async () => {
    const batch = await scene.ctx.store.batches.find(batchId);
    return batch?.open === true && isTime(batch);
  };
  await until('the next kill is due', reached, AGES_MS);
  await worker.kill();
  return startWorker(scene.env);
}

test(
  `a worker killed ${KILLS} times within a file of ${ROWS} rows loses none and repeats none`,
  async () => {
    const { ctx, company } = scene;
    const ids = await makePeople(scene, PEOPLE);
    const { token } = company;
    const bulk = { certificate_ids: ids.slice(0, REVOKED_BEFORE) };
    expect((await web.post('/revocations/bulk', bulk, { token })).status).toBe(202);
    const batch_id = await upload(web, token, fileOf(ids));

    let worker = await startWorker(scene.env);
    const slice = ROWS / (KILLS_WHILE_REVOKING + 1);
    for (let kill = 0; kill < KILLS_WHILE_REVOKING; kill++) {
      const from = slice * (kill + Math.random() / 2);
      worker = await killWhen(worker, batch_id, ({ rows_read }) => rows_read >= from);
    }
    let recorded = 0;
    for (let kill = 0; kill < KILLS_WHILE_RECORDING; kill++) {
      worker = await killWhen(worker, batch_id, ({ state, certificates_recorded }) => {
        if (state !== 'recording' || certificates_recorded <= recorded) return false;
        recorded = certificates_recorded;
        return true;
      });
    }

    const done = async () => (await ctx.store.batches.find(batch_id))?.open === false;
    await until('the batch is done', done, AGES_MS);
    const batch = await web.get(`/revocations/batches/${batch_id}`, { token });
    expect(batch.body).toMatchObject(EXPECTED);
    const mine = { company_id: company.id, action: 'certificate.revoked' as const };
    const audited = async () => {
      const { audit } = collections(ctx);
      const entries = await audit.find(mine, { projection: { certificates: 1 } }).toArray();
      const named = entries.flatMap(({ certificates }) => certificates).sort();
      return named.length >= PEOPLE && named;
    };
    // Those revoked before, by the list, get there by a job of their own.
    expect(await until('everything is in the audit', audited)).toEqual([...ids].sort());
    const errors = await web.get(`/revocations/batches/${batch_id}/errors.csv`, { token });
    expect((errors.body as string).trim().split('\n').length - 1).toBe(ROWS - EXPECTED.revoked);
  },
  AGES_MS,
);
