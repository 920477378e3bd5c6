import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { DAY_MS } from '../../../src/lib/durations';
import { isUnavailable } from '../../../src/store';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate } from '../../helpers/company';
import { openContext } from '../../helpers/context';
import { sized } from '../../helpers/soak';
import { batchNow, type CsvScene, openCsvScene, storeBatch } from './scene';

const ROWS = sized({ suite: 20_000, soak: 1_000_000 });
/** Of these so many register, spread over the file. */
const REGISTERING = sized({ suite: 200, soak: 20_000 });
const AT_A_TIME = 8;
const AGES_MS = 20 * 60_000;

let scene: CsvScene;
/** Another process with the same database. */
let beside: Awaited<ReturnType<typeof openContext>>;

beforeAll(async () => {
  scene = await openCsvScene();
  beside = await openContext(scene.ctx.config, 'web');
});
afterAll(async () => {
  await beside.close();
  await scene.close();
});

const emailOf = (row: number) => `p${String(row)}@example.com`;
/** Every fourth consents after the request. */
const isNewer = (person: number) => person % 4 === 3;

const personOf = (email: string | null) => Number(email?.match(/\d+/)?.[0]) / (ROWS / REGISTERING);

/** Has them register in the order of the file, some at a time; who is refused may be there or not. */
async function registerAll(): Promise<void> {
  let next = 0;
  const yesterday = new Date(beside.ctx.now().getTime() - DAY_MS);
  const caller = async () => {
    for (let person = next++; person < REGISTERING; person = next++) {
      const email = emailOf(person * (ROWS / REGISTERING));
      const given_at = isNewer(person) ? undefined : yesterday;
      const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
      await makeCertificate(beside.ctx, scene.company, { email, consents }).catch(
        (error: unknown) => {
          if (!isUnavailable(error)) throw error;
        },
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, caller));
}

test(
  `of ${ROWS} strangers who are remembered while some register, older consent ends revoked, newer lives`,
  async () => {
    const { ctx, company } = scene;
    const rows = Array.from({ length: ROWS }, (_, row) => emailOf(row));
    const batch = await storeBatch(scene, `email\n${rows.join('\n')}`);
    const { signal } = new AbortController();
    const running = runCsvBatch({ ctx, batchId: batch._id, signal });
    await Promise.all([running, registerAll()]);
    expect(await running).toBe('completed');

    const { certificates, suppressions } = collections(ctx);
    const mine = { company_id: company.id };
    const projection = { email: 1, opt_out: 1 };
    const registered = await certificates.find(mine, { projection }).toArray();
    expect(registered.length).toBeGreaterThan(0.9 * REGISTERING);
    const wrong = registered.filter(
      ({ email, opt_out }) => opt_out.revoke === isNewer(personOf(email)),
    );
    expect(wrong).toEqual([]);
    expect(await suppressions.countDocuments(mine)).toBe(ROWS);
    const { revoked, already_revoked, not_found, remembered } = await batchNow(scene, batch);
    expect(remembered).toBe(ROWS);
    expect(revoked + already_revoked + not_found).toBe(ROWS);
    // What it did not catch was revoked as it was registered.
    const born = registered.filter(({ opt_out }) => opt_out.method === 'standing');
    const older = registered.filter(({ email }) => !isNewer(personOf(email)));
    expect(born).toHaveLength(older.length - revoked);
  },
  AGES_MS,
);
