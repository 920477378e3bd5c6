import { Readable } from 'node:stream';
import { finishBulkBatch } from '../../../src/core/batches/list/finish-bulk-batch';
import { revokeInBulk } from '../../../src/core/batches/list/revoke-in-bulk';
import type { Context } from '../../../src/context';
import { exportRevocations } from '../../../src/core/backup/export-revocations';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { flagsOf } from '../../../src/core/revocations/new-opt-out';
import { newRevocation } from '../../../src/core/revocations/new-revocation';
import { replayRevocations } from '../../../src/core/backup/replay-revocations';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { manyCertificates } from '../batches/many-certificates';
import { collections } from '../../helpers/collections';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import type { Reply, Service } from '../../helpers/service';
import { type Dump, dump } from './dump';

export const JO = 'jo@example.com';

/** A company with a backup, and certificates from before and after it. */
export interface ReplayScene {
  ctx: Context;
  company: TestCompany;
  backup: Dump;
  /** Certificates in the backup; the twelfth is revoked in it. */
  old: string[];
  /** Certificates from after the backup. */
  young: string[];
  /** One in the backup that is never revoked. */
  kept: string;
  check: (id: string) => Promise<Reply>;
}

export async function makeReplayScene({ ctx, post }: Service): Promise<ReplayScene> {
  const company = await makeCompany(ctx);
  const old = await manyCertificates(ctx, company, 12);
  for (let i = 0; i < 2; i++) old.push((await makeCertificate(ctx, company, { email: JO })).id);
  const kept = (await makeCertificate(ctx, company)).id;
  await revokeCertificate({ ...by({ ctx, company }), certificateId: String(old[11]) });
  const backup = await dump(ctx);
  const young = await manyCertificates(ctx, company, 4);
  young.push((await makeCertificate(ctx, company, { email: JO })).id);
  const check = (id: string) =>
    post('/verify/match', { ...company.ids, certificate_id: id, consent: CONSENT });
  return { ctx, company, backup, old, young, kept, check };
}

export function by({ ctx, company }: Pick<ReplayScene, 'ctx' | 'company'>) {
  return { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
}

/** Revokes in every way there is. None of it is in the backup, and no follow-up has run yet. */
export async function revokeAll(scene: ReplayScene): Promise<void> {
  const { ctx, company, old, young } = scene;
  const own = by(scene);
  await revokeByIdentifiers({ ...own, method: 'consumer_portal', identifiers: { email: JO } });
  await revokeCertificate({ ...own, reason: 'asked on the phone', certificateId: old[0]! });
  await revokeCertificate({ ...own, certificateId: young[0]! });
  await revokeInBulk({ ...own, certificateIds: [...old.slice(1, 6), ...young.slice(1, 3)] });
  const batch_id = `bat_${company.id}`;
  const ids = [...old.slice(6, 11), young[3]!];
  const at = new Date();
  const revocation = newRevocation({
    _id: `${batch_id}.0000000001-0`,
    company_id: company.id,
    method: 'csv',
    reason: 'campaign',
    ...CALLER,
    certificate_ids: ids,
    requested_at: at,
    state: 'batched',
    flags_committed_at: at,
    batch_id,
    rows: { first: 1, last: 6 },
  });
  await ctx.store.revocations.insert(revocation);
  await ctx.store.certificates.revokeMany(company.id, [flagsOf(revocation)]);
}

/** What the workers do. */
export async function followUpAll({ ctx, company }: ReplayScene): Promise<void> {
  const { batches, revocations } = collections(ctx);
  for (const { _id } of await batches.find({ company_id: company.id }).toArray()) {
    await finishBulkBatch({ ctx, batchId: _id });
  }
  for (const { _id } of await revocations.find({ company_id: company.id }).toArray()) {
    await finishRevocation({ ctx, revocationId: _id });
  }
}

export async function exported({
  ctx,
  company,
}: Pick<ReplayScene, 'ctx' | 'company'>): Promise<string> {
  let text = '';
  for await (const line of exportRevocations({ ctx, companyId: company.id })) text += line;
  return text;
}

export function replay(ctx: Context, text: string, progress?: (lines: number) => void) {
  return replayRevocations({ ctx, open: () => Readable.from([Buffer.from(text)]), progress });
}

/** Every audit entry about revocations, by id. */
export async function audited({ ctx, company }: ReplayScene) {
  const filter = { company_id: company.id, action: 'certificate.revoked' as const };
  const found = await collections(ctx).audit.find(filter).sort({ _id: 1 }).toArray();
  return found.map(({ _id, certificates }) => ({
    id: _id,
    certificates: [...certificates].sort(),
  }));
}
