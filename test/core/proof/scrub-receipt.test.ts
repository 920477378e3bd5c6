import { createHash } from 'node:crypto';
import type { Receipt } from '../../../src/core/proof/receipt';
import { verifyLog } from '../../../src/core/proof/verify-log';
import { commitmentTo } from '../../../src/lib/commitments';
import type { Batch } from '../../../src/store/batches';
import { batchNow, commit, resultOf, runSome, storeScrub } from '../batches/scrub/scene';
import { at, crash, type CsvScene, withNewCompany } from '../batches/scene';
import { dump } from '../backup/dump';
import { sweepAndClean } from '../cleanup/scene';
import { backUp } from '../../helpers/backup';
import { collections, database } from '../../helpers/collections';
import { makeCertificate, makeCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { textOf } from '../../helpers/pdf';
import { fetchVerifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';

const FILE = 'email\njo@example.com\nstranger@example.com\nnonsense\njo@example.com\n';
let service: Service;
let scene: CsvScene;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
  scene = { ctx: ctx(), company: await makeCompany(ctx()), close: () => service.close() };
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
  await makeCertificate(ctx(), scene.company, { email: 'jo@example.com' });
});
afterAll(() => scene.close());

const receipt = ({ _id }: Batch, { token } = scene.company) =>
  service.get(`/contact/scrubs/${_id}/receipt`, { token });
const entriesOf = ({ _id }: Batch) =>
  collections(ctx()).audit.find({ action: 'scrub.answered', reason: _id }).toArray();
const verdict = () => verifyLog({ ctx: ctx(), region: 'default' });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A scrub that has ended. */
async function answered(): Promise<Batch> {
  const batch = await storeScrub(scene, FILE);
  await commit(scene, batch);
  expect(await runSome(ctx(), batch)).toBe('completed');
  return batchNow(scene, batch);
}

const shown = (body: unknown) => {
  const { commitments } = (body as Receipt).opening;
  return Object.fromEntries(Object.entries(commitments).map(([name, one]) => [name, one?.value]));
};

test('a scrub has a receipt that says how much was answered, and of which file', async () => {
  const batch = await storeScrub(scene, FILE);
  expect((await receipt(batch)).status).toBe(409);
  await commit(scene, batch);
  expect((await receipt(batch)).status).toBe(409);
  await runSome(ctx(), batch);
  expect((await receipt(batch)).status).toBe(202);
  await growLogNow(ctx());
  const { status, body } = await receipt(batch);
  expect(status).toBe(200);
  expect(shown(body)).toMatchObject({
    pii_controller: scene.company.id,
    request_id: batch._id,
    rows: '4',
    allowed: '2',
    result_sha256: sha256(await resultOf(scene, batch)),
  });
  const { verify } = await fetchVerifier(service.url);
  expect((await verify(body)).out).toMatch(/^good: scrub\.answered, /);
  const pdf = await fetch(`${service.url}/contact/scrubs/${batch._id}/receipt.pdf`, {
    headers: { authorization: `Bearer ${scene.company.token}` },
  });
  const text = textOf(Buffer.from(await pdf.arrayBuffer())).replace(/\s+/g, ' ');
  expect(text).toContain('Receipt of a list of contacts that was checked');
  expect(text).toMatch(/Rows answered 4 May be contacted 2/);
  const other = await makeCompany(ctx());
  expect((await receipt(batch, other)).status).toBe(404);
  expect(await verdict()).toMatchObject({ isSound: true });
});

test('a worker that dies while it closes a scrub leaves one entry all the same', async () => {
  const batch = await storeScrub(scene, FILE);
  await commit(scene, batch);
  const dying = at(ctx(), 'batch.closing', 1, crash);
  await expect(runSome(dying, batch)).rejects.toThrow('crash');
  expect(await entriesOf(batch)).toEqual([]);
  expect(await runSome(ctx(), batch)).toBe('completed');
  expect(await entriesOf(batch)).toHaveLength(1);
});

test('one of an earlier release has no receipt', async () => {
  const batch = await answered();
  await collections(ctx()).audit.deleteMany({ action: 'scrub.answered', reason: batch._id });
  const { status, body } = await receipt(batch);
  expect([status, body]).toMatchObject([404, { error: 'Receipt not found' }]);
});

describe('what somebody does to it is found and named', () => {
  let batch: Batch;
  let undo: () => Promise<void>;
  beforeEach(async () => {
    batch = await answered();
    await growLogNow(ctx());
    undo = await backUp(ctx());
  });
  afterEach(() => undo());
  const chunks = () => database(ctx()).collection('uploads.chunks');
  const ofResult = () => ({ files_id: `${batch._id}.result` as never });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'an answer edited',
      async () => {
        const { data } = (await chunks().findOne(ofResult())) as unknown as { data: Buffer };
        const text = Buffer.from(data.buffer).toString().replace('false', 'true ');
        await chunks().updateOne(ofResult(), { $set: { data: Buffer.from(text) } });
      },
      /the result of scrub bat_.+ is not what was answered: [0-9a-f]{64}$/,
    ],
    [
      'a part of the result deleted',
      () => chunks().deleteOne(ofResult()),
      /the result of scrub bat_.+ is not what was answered: a part of it is missing$/,
    ],
    [
      'more rows said to be allowed',
      () =>
        collections(ctx()).audit.updateOne(
          { reason: batch._id, action: 'scrub.answered' },
          {
            $set: { 'answered.allowed': 3 },
          },
        ),
      /audit entry bat_.+ was edited: allowed$/,
    ],
    [
      'its hash forgotten while the result is kept',
      () => ctx().store.audit.forgetResult(batch._id),
      /the result of scrub bat_.+ is not what was answered: [0-9a-f]{64}$/,
    ],
  ])('%s', async (_, attack, message) => {
    await attack();
    const { isSound, line } = await verdict();
    expect([line, isSound]).toEqual([expect.stringMatching(message), false]);
  });
});

test('once the result is deleted nobody can guess it from the log, and copies stay good', async () => {
  const batch = await answered();
  await growLogNow(ctx());
  const hash = sha256(await resultOf(scene, batch));
  const { body: kept } = await receipt(batch);
  const past = { upload_expires_at: new Date(Date.now() - 1_000) };
  await collections(ctx()).batches.updateOne({ _id: batch._id }, { $set: past });
  await sweepAndClean(scene);
  await growLogNow(ctx());
  const left = JSON.stringify([...(await dump(ctx())).values()]);
  const { salt } = (kept as Receipt).opening.commitments.result_sha256!;
  expect(left).not.toContain(hash);
  expect(left).toContain(commitmentTo({ salt, value: hash }));
  const [entry] = await entriesOf(batch);
  expect(entry).not.toHaveProperty('person_salt');
  const { verify } = await fetchVerifier(service.url);
  expect(await verify(kept)).toMatchObject({ code: 0 });
  const { body: later } = await receipt(batch);
  expect(await verify(later)).toMatchObject({ code: 0 });
  expect(shown(later)).toMatchObject({ rows: '4', result_sha256: undefined });
  expect(await verdict()).toMatchObject({ isSound: true });
});
