import { runCsvBatch } from '../../src/batches/run-csv-batch';
import type { Context } from '../../src/context';
import { revokeCertificate } from '../../src/revocations/revoke-certificate';
import type { Batch } from '../../src/store/batches';
import { CALLER } from '../helpers/company';
import {
  batchNow,
  counts,
  type CsvScene,
  errorsOf,
  expectAuditedOnce,
  makePeople,
  openCsvScene,
  run,
  storeBatch,
} from './csv-scene';

let scene: CsvScene;

beforeEach(async () => {
  scene = await openCsvScene();
});
afterEach(() => scene.close());

/** A context that does something whenever a step is reached for the `nth` time. */
function at(ctx: Context, step: string, nth: number, what: () => Promise<void>): Context {
  let times = 0;
  return {
    ...ctx,
    reach: async (reached) => {
      if (reached === step && ++times === nth) await what();
    },
  };
}

const crash = (): Promise<void> => Promise.reject(new Error('crash'));

/** Ten rows: seven people, a stranger, one of the seven again, and no email. */
async function tenRows(): Promise<{ batch: Batch; ids: string[]; expected: object }> {
  const people = await makePeople(scene, 7);
  const emails = people.map(({ email }) => email);
  const rows = [...emails.slice(0, 4), 'who@example.com', emails[0], 'bad', ...emails.slice(4)];
  const batch = await storeBatch(scene, `email\n${rows.join('\n')}`);
  const expected = { revoked: 7, not_found: 1, duplicate: 1, invalid: 1 };
  return { batch, ids: people.map(({ id }) => id), expected };
}

const cancel = (batch: Batch) => async () => {
  await scene.ctx.store.batches.move(batch._id, ['revoking', 'parsing', 'queued'], {
    state: 'cancelled',
  });
};

describe('a worker that dies', () => {
  it.each([
    ['batch.settled', 1],
    ['batch.settled', 2],
    ['batch.settled', 4],
    ['batch.settled', 5],
    ['batch.flagged', 1],
    ['batch.flagged', 3],
    ['revocation.entry_written', 1],
    ['revocation.completed', 1],
    ['batch.closing', 1],
  ])('at %s for the time number %i leaves nothing to chance', async (step, nth) => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows();
    await expect(run(at(ctx, step, nth, crash), batch)).rejects.toThrow('crash');
    expect((await batchNow(scene, batch)).open).toBe(true);
    expect(await run(ctx, batch)).toBe('completed');
    const after = await batchNow(scene, batch);
    expect(counts(after)).toEqual(expected);
    expect(after).toMatchObject({ certificates_revoked: 7, certificates_recorded: 7 });
    expect((await errorsOf(scene, batch)).length).toBe(3);
    await expectAuditedOnce(scene, ids);
    expect(await run(ctx, batch)).toBe('already_done');
  });

  it('at every chunk one after the other still gets to the end', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows();
    let died = 0;
    // Each try settles what the one before flagged, and then dies at its own first flags.
    while ((await run(at(ctx, 'batch.flagged', 2, crash), batch).catch(() => 'died')) === 'died') {
      died += 1;
      await ctx.store.batches.model.updateOne({ _id: batch._id }, { $set: { failures: 0 } });
    }
    expect(died).toBe(3);
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });
});

describe('the lease', () => {
  it('keeps a second worker away until it runs out, and then the first one from writing', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows();
    let second = '';
    const slow = at(ctx, 'batch.flagged', 2, async () => {
      await ctx.store.batches.model.updateOne({ _id: batch._id }, { $set: { lease_until: null } });
      second = await run(ctx, batch);
    });
    expect(await run(slow, batch)).toBe('taken_over');
    expect(second).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });

  it('makes a second worker wait while the first one goes on', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows();
    expect((await Promise.all([run(ctx, batch), run(ctx, batch)])).sort()).toEqual([
      'already_done',
      'completed',
    ]);
    await expectAuditedOnce(scene, ids);
  });

  it('ends with the signal, and the next worker goes on at once', async () => {
    const { ctx } = scene;
    const { batch, ids, expected } = await tenRows();
    const stop = new AbortController();
    const stopping = at(ctx, 'batch.flagged', 1, () => {
      stop.abort(new Error('stopped'));
      return Promise.resolve();
    });
    await expect(run(stopping, batch, stop.signal)).rejects.toThrow('stopped');
    expect(await batchNow(scene, batch)).toMatchObject({ lease_until: null, failures: 0 });
    await run(ctx, batch);
    expect(counts(await batchNow(scene, batch))).toEqual(expected);
    await expectAuditedOnce(scene, ids);
  });
});

describe('a batch that is cancelled', () => {
  it('stops, and what is revoked by then stays revoked and is in the audit', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows();
    expect(await run(at(ctx, 'batch.flagged', 1, cancel(batch)), batch)).toBe('cancelled');
    const after = await batchNow(scene, batch);
    expect(after).toMatchObject({ state: 'cancelled', open: false, rows_total: null });
    expect(counts(after)).toEqual({ revoked: 3 });
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });

  it('while its worker is dead carries out what was written down, and no more', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows();
    // The second part is written down, and its flags are not set.
    await expect(run(at(ctx, 'batch.settled', 2, crash), batch)).rejects.toThrow('crash');
    await cancel(batch)();
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(counts(await batchNow(scene, batch))).toEqual({
      revoked: 4,
      not_found: 1,
      duplicate: 1,
    });
    await expectAuditedOnce(scene, ids.slice(0, 4));
  });

  it('before it began revokes nothing', async () => {
    const { ctx } = scene;
    const { batch } = await tenRows();
    await cancel(batch)();
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(await batchNow(scene, batch)).toMatchObject({ rows_read: 0, open: false });
    await expectAuditedOnce(scene, []);
  });
});

describe('what goes wrong', () => {
  it('with the file makes the batch fail, with what it revoked in the audit', async () => {
    const { ctx } = scene;
    const [one] = await makePeople(scene, 1);
    const filler = 'nobody@example.com\n'.repeat(120_000);
    const batch = await storeBatch(scene, `email\n${one?.email ?? ''}\n${filler}`);
    const chunks = ctx.store.batches.model.db.collection('uploads.chunks');
    const kept = await chunks.findOne({ files_id: batch._id, n: 1 });
    await chunks.deleteOne({ files_id: batch._id, n: 1 });
    const { signal } = new AbortController();
    const again = () => runCsvBatch({ ctx, batchId: batch._id, signal });
    expect(await again()).toBe('failed');
    const failed = await batchNow(scene, batch);
    expect(failed).toMatchObject({ state: 'failed', error: 'file_damaged', open: false });
    expect(failed.revoked).toBe(1);
    await expectAuditedOnce(scene, [one?.id ?? '']);

    if (kept) await chunks.insertOne(kept);
    await ctx.store.batches.move(batch._id, ['failed'], { state: 'queued', open: true });
    expect(await again()).toBe('completed');
    expect(counts(await batchNow(scene, batch))).toEqual({ revoked: 1, not_found: 120_000 });
  });

  it('with the file behind rows whose flags are being set counts and audits these, too', async () => {
    const { ctx } = scene;
    const people = await makePeople(scene, 6);
    const filler = 'nobody@example.com\n'.repeat(60_000);
    const batch = await storeBatch(
      scene,
      `email\n${people.map(({ email }) => email).join(`\n${filler}`)}\n`,
    );
    const chunks = ctx.store.batches.model.db.collection('uploads.chunks');
    await chunks.deleteOne({ files_id: batch._id, n: 2 });
    const { signal } = new AbortController();
    expect(await runCsvBatch({ ctx, batchId: batch._id, signal })).toBe('failed');
    const failed = await batchNow(scene, batch);
    expect(failed).toMatchObject({ error: 'file_damaged', revoked: 2, open: false });
    await expectAuditedOnce(
      scene,
      people.slice(0, 2).map(({ id }) => id),
    );
    expect(await ctx.store.revocations.model.countDocuments({ state: { $ne: 'completed' } })).toBe(
      0,
    );
  });

  it('with the file of a cancelled batch does not keep it open', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows();
    await expect(run(at(ctx, 'batch.flagged', 1, crash), batch)).rejects.toThrow('crash');
    await cancel(batch)();
    await ctx.store.uploads.delete(batch._id);
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(await batchNow(scene, batch)).toMatchObject({ open: false, error: 'file_damaged' });
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });

  it('with flags that are set only in part leaves nothing that nobody sees to', async () => {
    const { ctx } = scene;
    const { batch, ids } = await tenRows();
    const { revokeMany } = ctx.store.certificates;
    const broken = at(ctx, 'never', 0, crash);
    const store = {
      ...ctx.store,
      certificates: {
        ...ctx.store.certificates,
        revokeMany: async (...given: Parameters<typeof revokeMany>) => {
          await revokeMany(...given);
          throw new Error('crash');
        },
      },
    };
    await ctx.store.batches.model.updateOne({ _id: batch._id }, { $set: { failures: 4 } });
    await run({ ...broken, store }, batch).catch(() => 'died');
    expect(await run(ctx, batch)).toBe('failed');
    await expectAuditedOnce(scene, ids.slice(0, 3));
  });

  it('again and again makes the batch fail, and an attempt that gets further counts anew', async () => {
    const { ctx } = scene;
    const { batch } = await tenRows();
    const broken = at(ctx, 'never', 0, crash);
    broken.store = {
      ...ctx.store,
      certificates: { ...ctx.store.certificates, revokeMany: () => crash() as never },
    };
    for (let failures = 1; failures < 5; failures++) {
      await expect(run(broken, batch)).rejects.toThrow('crash');
      expect((await batchNow(scene, batch)).failures).toBe(failures);
    }
    // It has failed, and stays open until what is written down could be carried out.
    await expect(run(broken, batch)).rejects.toThrow('crash');
    expect(await batchNow(scene, batch)).toMatchObject({ state: 'failed', open: true });
    expect(await run(ctx, batch)).toBe('failed');
    expect(await batchNow(scene, batch)).toMatchObject({ error: 'internal', open: false });
  });

  it('for one certificate that somebody else revokes in between is no error', async () => {
    const { ctx, company } = scene;
    const { batch, ids } = await tenRows();
    const race = at(ctx, 'batch.settled', 1, async () => {
      const certificateId = ids[0] ?? '';
      const method = 'api' as const;
      await revokeCertificate({
        ctx,
        companyId: company.id,
        certificateId,
        method,
        caller: CALLER,
      });
    });
    expect(await run(race, batch)).toBe('completed');
    const after = await batchNow(scene, batch);
    // Its second row is a repetition all the same.
    expect(counts(after)).toEqual({
      ...{ revoked: 6, already_revoked: 1, not_found: 1 },
      duplicate: 1,
      invalid: 1,
    });
    expect(after.certificates_revoked).toBe(6);
  });
});
