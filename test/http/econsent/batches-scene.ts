import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import type { Batch } from '../../../src/store/batches';
import { collections } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import type { Reply, Service } from '../../helpers/service';
import { upload } from './csv-scene';

/** A company and its batches; there is no worker, as tests run batches themselves. */
export interface BatchesScene {
  service: Service;
  company: TestCompany;
}

export async function openScene(service: Service): Promise<BatchesScene> {
  return { service, company: await makeCompany(service.ctx) };
}

/** Uploads a file and returns the batch's id. */
export async function uploaded(
  { service, company }: BatchesScene,
  file: string,
  fields: Record<string, string> = {},
): Promise<string> {
  const reply = await upload(service, company, { file, fields });
  expect(reply.status).toBe(202);
  return reply.body.batch_id as string;
}

/** A dry run that has finished. */
export async function previewed(scene: BatchesScene, file: string): Promise<string> {
  const id = await uploaded(scene, file, { dry_run: 'true' });
  expect(await run(scene, id)).toBe('previewed');
  return id;
}

/** Runs a batch as its job does, one row at a time. */
export function run({ service }: BatchesScene, batchId: string) {
  const { signal } = new AbortController();
  return runCsvBatch({ ctx: service.ctx, batchId, signal, rowsAtATime: 1 });
}

export function get({ service, company }: BatchesScene, path: string): Promise<Reply> {
  return service.get(`/revocations/batches${path}`, { token: company.token });
}

export function post(
  { service, company }: BatchesScene,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { token } = company;
  return service.call('POST', `/revocations/batches${path}`, { token, headers });
}

/** Puts a batch into a state that it would reach through a worker. */
export async function change({ service }: BatchesScene, id: string, to: Partial<Batch>) {
  await collections(service.ctx).batches.updateOne({ _id: id }, { $set: to });
}

export async function auditOf({ service, company }: BatchesScene, action: string) {
  const reply = await service.get(`/audit?action=${action}`, { token: company.token });
  return reply.body.entries as { reason: string; certificates: string[] }[];
}
