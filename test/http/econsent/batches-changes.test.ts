import { collections } from '../../helpers/collections';
import { type Service, startService } from '../../helpers/service';
import {
  auditOf,
  type BatchesScene,
  change,
  get,
  openScene,
  post,
  previewed,
  run,
  uploaded,
} from './batches-scene';
import { people } from './csv-scene';

let service: Service;
let scene: BatchesScene;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  scene = await openScene(service);
});

const FILE = 'email\na@example.com\nb@example.com\n';

describe('commit', () => {
  test('runs the same file for real, once for five simultaneous requests', async () => {
    const { file, ids } = await people(service.ctx, scene.company, 2);
    const id = await previewed(scene, `${file}nobody@example.com\n`);
    const preview = (await get(scene, `/${id}`)).body;
    expect(preview).toMatchObject({ dry_run: true, revoked: 2, not_found: 1 });
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => post(scene, `/${id}/commit`)),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
    const won = replies.find(({ status }) => status === 202);
    expect(won?.body).toEqual({ batch_id: id, status_url: `/revocations/batches/${id}` });
    const queued = (await get(scene, `/${id}`)).body;
    expect(queued).toMatchObject({ state: 'queued', dry_run: false, rows_read: 0, rows_total: 3 });
    expect(await run(scene, id)).toBe('completed');
    expect((await get(scene, `/${id}`)).body).toMatchObject({ revoked: 2, not_found: 1 });
    expect((await auditOf(scene, 'batch.committed')).map(({ reason }) => reason)).toEqual([id]);
    const revoked = (await auditOf(scene, 'certificate.revoked')).flatMap((e) => e.certificates);
    expect(revoked.sort()).toEqual([...ids].sort());
    expect((await post(scene, `/${id}/commit`)).status).toBe(409);
  });

  test('belongs to whoever commits', async () => {
    const id = await previewed(scene, FILE);
    await change(scene, id, { actor: { type: 'system', id: 'someone' }, ip: null });
    await post(scene, `/${id}/commit`);
    const batch = await service.ctx.store.batches.find(id);
    expect(batch?.actor.type).toBe('token');
    expect(batch?.ip).toBe('127.0.0.1');
    expect(batch?.run).toBe(1);
  });

  test('is refused unless it is a finished dry run with its file', async () => {
    const real = await uploaded(scene, FILE);
    expect((await post(scene, `/${real}/commit`)).status).toBe(409);
    const unfinished = await uploaded(scene, FILE, { dry_run: 'true' });
    const reply = await post(scene, `/${unfinished}/commit`);
    expect([reply.status, reply.body.error]).toEqual([
      409,
      'Only a finished dry run can be committed',
    ]);
    const expired = await previewed(scene, FILE);
    await change(scene, expired, { upload_expires_at: null });
    expect((await post(scene, `/${expired}/commit`)).status).toBe(410);
    expect((await get(scene, `/${expired}`)).body.state).toBe('previewed');
  });

  test('is replayed under its Idempotency-Key', async () => {
    const id = await previewed(scene, FILE);
    const key = { 'idempotency-key': 'k1' };
    const first = await post(scene, `/${id}/commit`, key);
    const again = await post(scene, `/${id}/commit`, key);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
  });
});

describe('cancel', () => {
  test('stops a queued batch, with one audit entry however often it is asked for', async () => {
    const { file } = await people(service.ctx, scene.company, 2);
    const id = await uploaded(scene, file);
    for (let i = 0; i < 2; i++) {
      const reply = await post(scene, `/${id}/cancel`);
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({ batch_id: id, state: 'cancelled' });
    }
    expect(await auditOf(scene, 'batch.cancelled')).toHaveLength(1);
    expect(await run(scene, id)).toBe('cancelled');
    expect((await get(scene, `/${id}`)).body).toMatchObject({ revoked: 0, seconds_left: 0 });
  });

  test('leaves what was revoked revoked, and in the audit log', async () => {
    const { file } = await people(service.ctx, scene.company, 3);
    const id = await uploaded(scene, file);
    const reach = jest.spyOn(service.ctx, 'reach').mockImplementation(async (step) => {
      const batch = await service.ctx.store.batches.find(id);
      if (step === 'batch.checkpointed' && batch?.rows_read === 1)
        await post(scene, `/${id}/cancel`);
    });
    expect(await run(scene, id)).toBe('cancelled');
    reach.mockRestore();
    const { certificates_revoked, state } = (await get(scene, `/${id}`)).body;
    expect(state).toBe('cancelled');
    const inAudit = (await auditOf(scene, 'certificate.revoked')).flatMap((e) => e.certificates);
    const { certificates } = collections(service.ctx);
    const flagged = await certificates
      .find({ company_id: scene.company.id, 'opt_out.revoke': true })
      .toArray();
    expect(flagged.map(({ _id }) => _id).sort()).toEqual(inAudit.sort());
    expect(flagged.length).toBe(certificates_revoked);
    expect(flagged.length).toBeGreaterThan(0);
    expect(flagged.length).toBeLessThan(3);
  });

  test('ends a finished dry run, which can no longer be committed then', async () => {
    const id = await previewed(scene, FILE);
    const reply = await post(scene, `/${id}/cancel`);
    expect(reply.body).toMatchObject({ state: 'cancelled', seconds_left: 0 });
    expect(reply.body.completed_at).not.toBeNull();
    expect((await post(scene, `/${id}/commit`)).status).toBe(409);
  });

  test('leaves one winner when it races with a commit', async () => {
    const id = await previewed(scene, FILE);
    const [commit, cancel] = await Promise.all([
      post(scene, `/${id}/commit`),
      post(scene, `/${id}/cancel`),
    ]);
    // A commit that comes first is cancelled after all.
    expect([202, 409]).toContain(commit.status);
    expect(cancel.status).toBe(200);
    expect((await get(scene, `/${id}`)).body.state).toBe('cancelled');
  });

  test('comes too late for a finished batch, and for a list', async () => {
    const id = await uploaded(scene, FILE);
    await run(scene, id);
    const late = await post(scene, `/${id}/cancel`);
    expect([late.status, late.body.error]).toEqual([409, 'The batch has finished']);
    const body = { certificate_ids: ['EC-none'] };
    const { token } = scene.company;
    const bulk = await service.post('/revocations/bulk', body, { token });
    expect((await post(scene, `/${String(bulk.body.batch_id)}/cancel`)).status).toBe(409);
  });
});

describe('retry', () => {
  test('resumes where a failed batch stopped', async () => {
    const { file } = await people(service.ctx, scene.company, 3);
    const id = await uploaded(scene, file);
    const reach = jest.spyOn(service.ctx, 'reach').mockImplementation(async (step) => {
      const batch = await service.ctx.store.batches.find(id);
      if (step === 'batch.checkpointed' && batch?.rows_read === 1) throw new Error('broken');
    });
    for (let tries = 0; tries < 4; tries++) await expect(run(scene, id)).rejects.toThrow('broken');
    expect(await run(scene, id)).toBe('failed');
    reach.mockRestore();
    const failed = (await get(scene, `/${id}`)).body;
    expect(failed).toMatchObject({ state: 'failed', error: 'internal', rows_read: 1 });
    const replies = await Promise.all([1, 2].map(() => post(scene, `/${id}/retry`)));
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 409]);
    const queued = (await get(scene, `/${id}`)).body;
    expect(queued).toMatchObject({ state: 'queued', error: null, rows_read: 1 });
    expect(await run(scene, id)).toBe('completed');
    expect((await get(scene, `/${id}`)).body).toMatchObject({ rows_read: 3, revoked: 3 });
    const inAudit = (await auditOf(scene, 'certificate.revoked')).flatMap((e) => e.certificates);
    expect(new Set(inAudit).size).toBe(3);
    expect(inAudit).toHaveLength(3);
  });

  test('is refused unless the batch has failed, is closed and still has its file', async () => {
    const id = await uploaded(scene, FILE);
    expect((await post(scene, `/${id}/retry`)).status).toBe(409);
    await change(scene, id, { state: 'failed' });
    expect((await post(scene, `/${id}/retry`)).status).toBe(409);
    await change(scene, id, { open: false, upload_expires_at: null });
    expect((await post(scene, `/${id}/retry`)).status).toBe(410);
  });
});
