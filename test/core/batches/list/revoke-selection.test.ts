import { cancelBatch } from '../../../../src/core/batches/cancel-batch';
import { runCsvBatch } from '../../../../src/core/batches/run-csv-batch';
import {
  matchingCertificates,
  searchCertificates,
} from '../../../../src/core/certificates/search-certificates';
import {
  revokeSelection,
  type Selection,
  type SelectionResult,
} from '../../../../src/core/batches/list/revoke-selection';
import type { DashboardUser } from '../../../../src/core/users/session';
import { revokeCertificate } from '../../../../src/core/revocations/revoke-certificate';
import { manyCertificates } from '../many-certificates';
import { collections } from '../../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../../helpers/company';
import { type Service, startService } from '../../../helpers/service';
import { signedIn } from '../../users/scene';

let service: Service;
let company: TestCompany;
let by: DashboardUser;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(ctx());
  by = await signedIn(ctx(), company);
});

const found = async (text: string, status?: 'active' | 'revoked') => {
  const request = { ctx: ctx(), companyId: company.id, wish: { text, status }, limit: 10 };
  return (await searchCertificates(request)).certificates.map((one) => one.certificate_id);
};
const confirm = (selection: Selection, selectionId = 'sel', reason: string | null = null) =>
  revokeSelection({ ctx: ctx(), by, selection, selectionId, reason });
const stored = ({ batch }: SelectionResult) => ctx().store.batches.find(batch.batch_id);
const flags = (ids: string[]) =>
  collections(ctx()).certificates.countDocuments({ _id: { $in: ids }, 'opt_out.revoke': true });

describe('searching', () => {
  test('finds by certificate id, session id, email and phone in this company only, a phone as a whole', async () => {
    const person = { email: 'Ann@Example.com', mobile: '(415) 555-0100' };
    const mine = await makeCertificate(ctx(), company, person);
    await makeCertificate(ctx(), company, { email: 'ann2@example.com', mobile: '+14155550101' });
    const other = await makeCertificate(ctx(), await makeCompany(ctx()), person);
    const names = [mine.id, mine.sessionId, ' ann@example.COM', '+1 415 555 0100', '4155550100'];
    for (const name of names) expect(await found(name)).toEqual([mine.id]);
    for (const name of ['nn@example', '+1 415 555 010', other.id, other.sessionId, '$ne']) {
      expect(await found(name)).toEqual([]);
    }
  });

  test('filters by status and pages through everything once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await makeCertificate(ctx(), company)).id);
    const revoked = ids[2]!;
    await revokeCertificate({
      ctx: ctx(),
      companyId: company.id,
      certificateId: revoked,
      caller: CALLER,
      method: 'dashboard',
    });
    expect(await found('', 'revoked')).toEqual([revoked]);
    expect(await found('', 'active')).toEqual(ids.filter((id) => id !== revoked).reverse());
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await searchCertificates({
        ctx: ctx(),
        companyId: company.id,
        wish: { text: '' },
        limit: 2,
        cursor,
      });
      seen.push(...page.certificates.map((one) => one.certificate_id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual([...ids].reverse());
  });
});

describe('revoking a selection', () => {
  test('revokes what was ticked, as this user, under method bulk; confirmed twice it is done once', async () => {
    const ids = [await makeCertificate(ctx(), company), await makeCertificate(ctx(), company)];
    const other = await makeCertificate(ctx(), await makeCompany(ctx()));
    const selection = { ids: [...ids.map((one) => one.id), other.id] };
    const results = await Promise.all([confirm(selection), confirm(selection)]);
    for (const result of results) {
      expect(result).toMatchObject({ isDone: true, batch: { revoked: 2, not_found: 1 } });
      expect(result.batch.batch_id).toBe(results[0].batch.batch_id);
    }
    const [first] = await collections(ctx()).certificates.find({ _id: ids[0]!.id }).toArray();
    expect(first?.opt_out).toMatchObject({ revoke: true, method: 'bulk' });
    expect((await stored(results[0]))?.actor).toEqual({ type: 'user', id: by.user.user_id });
    expect(await flags([other.id])).toBe(0);
  });

  test('refuses all that match when others match than were counted', async () => {
    await makeCertificate(ctx(), company);
    const wish = { text: '' };
    const { ids, fingerprint } = await matchingCertificates({
      ctx: ctx(),
      companyId: company.id,
      wish,
    });
    // One goes and one comes: the count alone would not show it.
    const companyId = company.id;
    const gone = { ctx: ctx(), companyId, certificateId: ids[0]!, caller: CALLER };
    await revokeCertificate({ ...gone, method: 'dashboard' });
    const late = await makeCertificate(ctx(), company);
    await expect(confirm({ wish, count: 1, fingerprint })).rejects.toMatchObject({
      code: 'selection_changed',
    });
    expect(await flags([late.id])).toBe(0);
  });

  describe('of more than one bulk request takes', () => {
    const COUNT = 10_500;
    const wish = { text: '', status: 'active' as const };
    const select = async (): Promise<Extract<Selection, { count: number }>> => {
      const found = await matchingCertificates({ ctx: ctx(), companyId: company.id, wish });
      return { wish, count: found.ids.length, fingerprint: found.fingerprint };
    };
    const work = (batchId: string) =>
      runCsvBatch({ ctx: ctx(), batchId, signal: new AbortController().signal });
    const uploads = () => collections(ctx()).batches.find({ company_id: company.id }).toArray();

    test('is fixed when it is confirmed, and processed as one batch under method bulk', async () => {
      const ids = await manyCertificates(ctx(), company, COUNT);
      const result = await confirm(await select(), 'a', 'campaign over');
      const { batch_id: batchId } = result.batch;
      expect(result.isDone).toBe(false);
      expect(await stored(result)).toMatchObject({
        state: 'queued',
        open: true,
        rows_total: COUNT,
      });
      const late = await makeCertificate(ctx(), company);
      const faster = { ctx: ctx(), companyId: company.id, certificateId: ids[7]!, caller: CALLER };
      await revokeCertificate({ ...faster, method: 'dashboard' });
      expect(await work(batchId)).toBe('completed');
      expect(await stored(result)).toMatchObject({
        method: 'bulk',
        actor: { type: 'user', id: by.user.user_id },
        reason: 'campaign over',
        rows_read: COUNT,
        revoked: COUNT - 1,
        already_revoked: 1,
        rows_total: COUNT,
        not_found: 0,
        invalid: 0,
        duplicate: 0,
        certificates_revoked: COUNT - 1,
      });
      expect(await flags(ids)).toBe(COUNT);
      expect(await flags([late.id])).toBe(0);
      const { audit } = collections(ctx());
      const entries = await audit
        .find({ company_id: company.id, action: 'certificate.revoked' })
        .toArray();
      const bulk = entries.filter(({ method }) => method === 'bulk');
      expect(new Set(bulk.map(({ actor }) => actor.id))).toEqual(new Set([by.user.user_id]));
      const named = bulk.flatMap(({ certificates }) => certificates).sort();
      expect(named).toEqual(ids.filter((id) => id !== ids[7]).sort());
    });

    test('is one batch and one file, however often it is confirmed, also once it is done', async () => {
      await manyCertificates(ctx(), company, COUNT);
      const selection = await select();
      const results = await Promise.all([1, 2, 3].map(() => confirm(selection, 'b')));
      const [{ batch }] = results as [SelectionResult];
      for (const result of results) expect(result.batch.batch_id).toBe(batch.batch_id);
      const [recorded, ...others] = await uploads();
      expect([recorded?._id, others]).toEqual([batch.batch_id, []]);
      const files = await ctx().store.uploads.find(recorded!.upload!.file_id);
      expect(files?.bytes).toBe(recorded?.upload?.bytes);
      expect(await work(batch.batch_id)).toBe('completed');
      const again = await confirm(selection, 'b');
      expect(again).toMatchObject({
        isDone: false,
        batch: { batch_id: batch.batch_id, revoked: COUNT },
      });
    });

    test('is refused when it has changed, and nothing of it is kept', async () => {
      const ids = await manyCertificates(ctx(), company, COUNT);
      const selection = await select();
      await makeCertificate(ctx(), company);
      const changed = { code: 'selection_changed' };
      await expect(confirm(selection, 'c')).rejects.toMatchObject(changed);
      expect([await uploads(), await flags(ids)]).toEqual([[], 0]);
    });

    test('leaves nothing when it cannot be accepted, and can be confirmed again', async () => {
      await manyCertificates(ctx(), company, COUNT);
      const selection = await select();
      const { batches } = ctx().store;
      const { deleteReceiving } = batches;
      // As if the sweeper had been faster.
      batches.deleteReceiving = () => Promise.resolve(false);
      const unavailable = { code: 'unavailable' };
      await expect(confirm(selection, 'd')).rejects.toMatchObject(unavailable);
      batches.deleteReceiving = deleteReceiving;
      expect(await uploads()).toEqual([]);
      expect((await confirm(selection, 'd')).batch.state).toBe('queued');
    });

    test('can be cancelled before the worker begins', async () => {
      const ids = await manyCertificates(ctx(), company, COUNT);
      const { batch } = await confirm(await select(), 'e');
      const { caller } = by;
      await cancelBatch({ ctx: ctx(), companyId: company.id, batchId: batch.batch_id, caller });
      expect(await work(batch.batch_id)).toBe('cancelled');
      expect(await flags(ids)).toBe(0);
    });
  });
});
