import { matchingCertificates, searchCertificates } from '../../src/dashboard/search-certificates';
import { revokeSelection } from '../../src/dashboard/revoke-selection';
import type { DashboardUser } from '../../src/dashboard/session';
import { revokeCertificate } from '../../src/revocations/revoke-certificate';
import { manyCertificates } from '../batches/many-certificates';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { signedIn } from './scene';

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
const confirm = (selection: Parameters<typeof revokeSelection>[0]['selection'], id = 'sel') =>
  revokeSelection({ ctx: ctx(), by, selection, selectionId: id, reason: null });
const flags = (ids: string[]) =>
  ctx().store.certificates.model.countDocuments({ _id: { $in: ids }, 'opt_out.revoke': true });

describe('searching', () => {
  it('finds by certificate id, session id, email and phone, exactly, in this company only', async () => {
    const person = { email: 'Ann@Example.com', mobile: '(415) 555-0100' };
    const mine = await makeCertificate(ctx(), company, person);
    await makeCertificate(ctx(), company, { email: 'ann2@example.com', mobile: '+14155550101' });
    const other = await makeCertificate(ctx(), await makeCompany(ctx()), person);
    const names = [mine.id, mine.sessionId, ' ann@example.COM', '+1 415 555 0100', '4155550100'];
    for (const name of names) expect(await found(name)).toEqual([mine.id]);
    for (const name of ['ann', 'ann@example', other.id, other.sessionId, '$ne']) {
      expect(await found(name)).toEqual([]);
    }
  });

  it('filters by status and pages through everything once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await makeCertificate(ctx(), company)).id);
    const revoked = ids[2]!;
    await revokeCertificate({
      ...{ ctx: ctx(), companyId: company.id, certificateId: revoked, caller: CALLER },
      method: 'dashboard',
    });
    expect(await found('', 'revoked')).toEqual([revoked]);
    expect(await found('', 'active')).toEqual(ids.filter((id) => id !== revoked).reverse());
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await searchCertificates({
        ...{ ctx: ctx(), companyId: company.id, wish: { text: '' }, limit: 2, cursor },
      });
      seen.push(...page.certificates.map((one) => one.certificate_id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual([...ids].reverse());
  });
});

describe('revoking a selection', () => {
  it('revokes what was ticked under method bulk by this user; confirmed twice it is once', async () => {
    const ids = [await makeCertificate(ctx(), company), await makeCertificate(ctx(), company)];
    const other = await makeCertificate(ctx(), await makeCompany(ctx()));
    const selection = { ids: [...ids.map((one) => one.id), other.id] };
    const results = await Promise.all([confirm(selection), confirm(selection)]);
    for (const result of results) {
      expect(result).toMatchObject({ revoked: 2, notFound: 1, left: 0 });
      expect(result.batchIds).toEqual(results[0].batchIds);
    }
    const [first] = await ctx().store.certificates.model.find({ _id: ids[0]!.id }).lean();
    expect(first?.opt_out).toMatchObject({ revoke: true, method: 'bulk' });
    const batch = await ctx().store.batches.find(results[0].batchIds[0]!);
    expect(batch?.actor).toEqual({ type: 'user', id: by.user._id });
    expect(await flags([other.id])).toBe(0);
  });

  it('refuses all that match when they are others than were counted', async () => {
    await makeCertificate(ctx(), company);
    const wish = { text: '' };
    const { ids, fingerprint } = await matchingCertificates({
      ...{ ctx: ctx(), companyId: company.id, wish },
    });
    // One goes and one comes: the count alone would not tell.
    const companyId = company.id;
    const gone = { ctx: ctx(), companyId, certificateId: ids[0]!, caller: CALLER };
    await revokeCertificate({ ...gone, method: 'dashboard' });
    const late = await makeCertificate(ctx(), company);
    await expect(confirm({ wish, count: 1, fingerprint })).rejects.toMatchObject({
      code: 'selection_changed',
    });
    expect(await flags([late.id])).toBe(0);
  });

  it('revokes more than one bulk request takes, and says what is left when one fails', async () => {
    const ids = await manyCertificates(ctx(), company, 20_500);
    const wish = { text: '', status: 'active' as const };
    const select = () => matchingCertificates({ ctx: ctx(), companyId: company.id, wish });
    const first = await select();
    expect(first.ids).toHaveLength(20_500);
    const { batches } = ctx().store;
    const insert = batches.insert;
    let inserts = 0;
    batches.insert = (...input) => {
      if (++inserts === 2) throw new Error('the database has gone');
      return insert(...input);
    };
    const half = await confirm({ wish, count: 20_500, fingerprint: first.fingerprint }, 'a');
    batches.insert = insert;
    expect(half).toMatchObject({ revoked: 10_000, left: 10_500 });
    expect(await flags(ids)).toBe(10_000);
    const rest = await select();
    const { count, fingerprint } = { count: rest.ids.length, fingerprint: rest.fingerprint };
    const done = await confirm({ wish, count, fingerprint }, 'b');
    expect(done).toMatchObject({ revoked: 10_500, left: 0 });
    expect(done.batchIds).toHaveLength(2);
    expect(await flags(ids)).toBe(20_500);
  });
});
