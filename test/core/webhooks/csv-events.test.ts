import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { deliverDue } from '../../../src/core/webhooks/deliver-due';
import { fanOutEvents } from '../../../src/core/webhooks/fan-out-events';
import { collections } from '../../helpers/collections';
import { makeCertificate } from '../../helpers/company';
import type { Received, Receiver } from '../../helpers/receiver';
import { sized } from '../../helpers/soak';
import { listen } from '../../helpers/webhooks';
import { wipeRedis } from '../../workers/wipe';
import { type CsvScene, openCsvScene, storeBatch } from '../batches/scene';

const ROWS = sized({ suite: 20_000, soak: 1_000_000 });
const COPIED_AT_ONCE = 10_000;
/** No job carries more. */
const EVENTS_PER_JOB = 7;
const JOBS_AT_ONCE = 4;
const AGES_MS = 20 * 60_000;

let scene: CsvScene;
let receiver: Receiver & { endpointId: string };

beforeAll(async () => {
  scene = await openCsvScene();
  receiver = await listen(scene.ctx, scene.company, [
    'certificate.revoked',
    'batch.completed',
    'batch.failed',
  ]);
});
afterAll(async () => {
  await receiver.close();
  await wipeRedis(scene.ctx);
  await scene.close();
});

/** One by registration, the others as copies of it. */
async function makeAll(): Promise<string[]> {
  const { ctx, company } = scene;
  const { id } = await makeCertificate(ctx, company);
  const { certificates } = collections(ctx);
  const original = await certificates.findOne({ _id: id });
  const ids = Array.from({ length: ROWS - 1 }, (_, i) => `${id}-${String(i)}`);
  for (let from = 0; from < ids.length; from += COPIED_AT_ONCE) {
    const some = ids.slice(from, from + COPIED_AT_ONCE);
    await certificates.insertMany(some.map((_id) => ({ ...original!, _id, session_id: _id })));
  }
  return [id, ...ids];
}

/** The jobs of all events in any order, the end of the batch in the first of them, some at a time. */
async function fanOutAll(): Promise<void> {
  const { ctx, company } = scene;
  const mine = { company_id: company.id, state: 'recorded' as const };
  const recorded = await collections(ctx).webhookEvents.find(mine).sort({ at: -1 }).toArray();
  const ids = recorded.map(({ _id }) => _id);
  const jobs: string[][] = [];
  while (ids.length > 0) jobs.push(ids.splice(0, EVENTS_PER_JOB));
  const left = jobs.values();
  const worker = async () => {
    for (const job of left) await fanOutEvents({ ctx, region: 'default', ids: job });
  };
  await Promise.all(Array.from({ length: JOBS_AT_ONCE }, worker));
}

async function deliverAll(): Promise<void> {
  const { signal } = new AbortController();
  const turn = () => deliverDue({ ctx: scene.ctx, endpointId: receiver.endpointId, signal });
  while ((await turn()) === 'more');
}

const sequence = ({ event }: Received) => event.sequence;

test(
  `a file of ${ROWS} makes an event for each thousand, and its end comes last`,
  async () => {
    const { ctx } = scene;
    const ids = await makeAll();
    const batch = await storeBatch(scene, `certificate_id\n${ids.join('\n')}`);
    const { signal } = new AbortController();
    expect(await runCsvBatch({ ctx, batchId: batch._id, signal })).toBe('completed');
    await fanOutAll();
    await deliverAll();

    const { received } = receiver;
    const last = received.at(-1)!;
    expect(last.event).toMatchObject({
      type: 'batch.completed',
      data: { batch_id: batch._id, certificates_revoked: ROWS },
    });
    expect(sequence(last)).toBe(Math.max(...received.map(sequence)));
    const revoked = received.filter(({ event }) => event.type === 'certificate.revoked');
    expect(revoked).toHaveLength(received.length - 1);
    expect(revoked.length).toBeLessThanOrEqual(1.02 * (ROWS / 1_000));
    const named = revoked.flatMap(({ event }) => event.data.certificate_ids as string[]);
    expect(named).toHaveLength(ROWS);
    expect(new Set(named)).toEqual(new Set(ids));
    expect(receiver.mostAtOnce).toBeLessThanOrEqual(4);
  },
  AGES_MS,
);
