import { listCertificates } from '../../../src/core/certificates/list-certificates';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

const BYSTANDERS = 2_000;
const PROFILE_EVERYTHING = 2;

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});

afterAll(() => close());

/** Copies the only document of a collection, applying `change` to each copy. */
async function fill(
  name: 'certificates' | 'revocations',
  change: (i: number) => object,
): Promise<void> {
  const collection = database(ctx).collection(name);
  const [template] = await collection.find().toArray();
  const copies = Array.from({ length: BYSTANDERS }, (_, i) => ({ ...template, ...change(i) }));
  await collection.insertMany(copies);
}

test('revoking, finishing and looking for pending work read no more than they need', async () => {
  const company = await makeCompany(ctx);
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  const first = await makeCertificate(ctx, company, {
    email: 'a@example.com',
    mobile: '4155550100',
  });
  const revoked = await revokeByIdentifiers({ ...by, identifiers: { certificate_id: first.id } });
  await finishRevocation({ ctx, revocationId: revoked.revocation_id ?? '' });
  await ctx.outbox.drain();
  await fill('revocations', (i) => ({ _id: `rev_${String(i)}` }));
  await fill('certificates', (i) => ({
    _id: `EC-${String(i)}`,
    session_id: `copy-${String(i)}`,
    email_hash: `e${String(i)}`,
    mobile_hash: `m${String(i)}`,
    opt_out: { revoke: i % 2 === 0, revocation_id: i % 2 === 0 ? `rev_${String(i)}` : null },
  }));
  const jo = await makeCertificate(ctx, company, { email: 'jo@example.com', mobile: '4155550199' });

  const db = database(ctx);
  await db.command({ profile: PROFILE_EVERYTHING });
  await listCertificates({
    ctx,
    companyId: company.id,
    query: { email: 'jo@example.com', limit: 10 },
  });
  const { revocation_id } = await revokeByIdentifiers({
    ...by,
    identifiers: { certificate_id: jo.id, email: 'jo@example.com', mobile: '4155550199' },
  });
  await ctx.store.revocations.findUnflagged(new Date(), 100);
  await ctx.store.revocations.findPending(new Date(), new Date(), 100);
  await ctx.store.revocations.oldestPendingAt();
  await finishRevocation({ ctx, revocationId: revocation_id ?? '' });
  await db.command({ profile: 0 });

  const greedy = await db
    .collection('system.profile')
    .find({ docsExamined: { $gt: 10 } })
    .project({ ns: 1, docsExamined: 1, planSummary: 1, 'command.filter': 1, 'command.q': 1 })
    .toArray();
  expect(greedy).toEqual([]);
  const seen = await db.collection('system.profile').countDocuments({ ns: /certificates$/ });
  expect(seen).toBeGreaterThan(3);
});
