import { reconcileWallets } from '../../src/core/wallet/reconcile-wallets';
import type { Context } from '../../src/context';
import { listAudit } from '../../src/core/audit/list-audit';
import { listCertificates } from '../../src/core/certificates/list-certificates';
import { openContext } from '../helpers/context';
import { collections, database } from '../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { testConfig } from '../helpers/settings';
import { ensureIndexes } from '../helpers/indexes';

const BYSTANDERS = 2_000;
const PROFILE_EVERYTHING = 2;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
  company = await makeCompany(ctx);
  await makeCertificate(ctx, company);
});
afterAll(() => close());

/** The most documents or keys that a read examined for what `work` asked. */
async function examined(work: () => Promise<unknown>): Promise<number> {
  const db = database(ctx);
  await db.command({ profile: PROFILE_EVERYTHING });
  try {
    await work();
  } finally {
    await db.command({ profile: 0 });
  }
  const profile = db.collection('system.profile');
  const read = await profile.find({ op: { $in: ['query', 'command'] } }).toArray();
  await profile.drop();
  const most = read.map(({ docsExamined = 0, keysExamined = 0 }) =>
    Math.max(Number(docsExamined), Number(keysExamined)),
  );
  return Math.max(...most);
}

test('the audit is filtered by action from an index', async () => {
  const { audit } = collections(ctx);
  const [entry] = await audit.find().toArray();
  const other = { ...entry!, company_id: company.id, action: 'token.created' as const };
  const many = Array.from({ length: BYSTANDERS }, (_, i) => ({
    ...other,
    _id: `copy${String(i)}`,
  }));
  await audit.insertMany(many);
  const query = { action: 'certificate.revoked' as const, limit: 50 };
  expect(await examined(() => listAudit({ ctx, companyId: company.id, query }))).toBeLessThan(10);
});

test('certificates are filtered by status from an index', async () => {
  const { certificates } = collections(ctx);
  const [one] = await certificates.find({ company_id: company.id }).toArray();
  const copies = (revoke: boolean) =>
    Array.from({ length: BYSTANDERS }, (_, i) => ({
      ...one!,
      _id: `EC-${String(revoke)}-${String(i)}`,
      session_id: `${String(revoke)}-${String(i)}`,
      opt_out: { ...one!.opt_out, revoke, revocation_id: revoke ? 'rev_x' : null },
    }));
  const list = (status: 'active' | 'revoked') => () =>
    listCertificates({ ctx, companyId: company.id, query: { status, limit: 5 } });
  await certificates.insertMany(copies(false));
  expect(await examined(list('revoked'))).toBeLessThan(10);
  await certificates.deleteMany({});
  await certificates.insertMany(copies(true));
  expect(await examined(list('active'))).toBeLessThan(10);
});

test('a scrape reads the wallets that drift, not all', async () => {
  const { walletProofs } = collections(ctx);
  await reconcileWallets({ ctx, signal: new AbortController().signal });
  const proof = (await walletProofs.findOne())!;
  const many = Array.from({ length: BYSTANDERS }, (_, i) => ({ ...proof, _id: `w${String(i)}` }));
  const off = [
    { ...proof, _id: 'balance', drift_microusd: 1 },
    { ...proof, _id: 'reserved', reserved_drift_microusd: 1 },
    { ...proof, _id: 'broken', broken_page: 'page' },
  ];
  await walletProofs.insertMany([...many, ...off]);
  const { countDrifting } = ctx.store.walletProofs;
  expect(await examined(countDrifting)).toBeLessThan(10);
  expect(await countDrifting()).toBe(3);
});
