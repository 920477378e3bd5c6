import { certificateInfo } from '../../../src/core/verification/certificate-info';
import { confirmNotRevoked } from '../../../src/core/verification/confirm-not-revoked';
import { removedId, removedSession } from '../../../src/core/identifiers/removed-ids';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  company = await makeCompany(ctx);
});
afterAll(() => close());

async function info(certificateId: string, propertyId = company.propertyId) {
  const found = (await ctx.store.companies.find(company.id))!;
  return certificateInfo({ ctx, company: found, propertyId, certificateId });
}

const revoke = (certificateId: string, companyId = company.id) =>
  revokeCertificate({ ctx, companyId, certificateId, method: 'api', caller: CALLER });

/** Gives a certificate the names under which a clean-up leaves it. */
async function remove({ id, sessionId }: { id: string; sessionId: string }): Promise<void> {
  const { certificates } = collections(ctx);
  const found = (await certificates.findOneAndDelete({ _id: id }))!;
  await certificates.insertOne({
    ...found,
    _id: removedId({ ctx, id }),
    session_id: removedSession({ ctx, companyId: company.id, sessionId }),
    data: 'removed',
  });
}

describe('what is known of a certificate', () => {
  test.each([
    ['an object', { clicks: 3 }, { clicks: 3 }],
    ['a list', [{ at: 1 }], { events: [{ at: 1 }] }],
  ])('has its events, recorded as %s', async (_, events, shown) => {
    const { id } = await makeCertificate(ctx, company, { events });
    expect(await info(id)).toMatchObject({ certificate_id: id, events_combined: shown });
  });

  test('counts its consents, and has no events where none were recorded', async () => {
    const { id } = await makeCertificate(ctx, company);
    expect(await info(id)).toMatchObject({
      valid: true,
      has_consents: true,
      consent_count: 1,
      events_combined: {},
    });
    const { certificates, recordings } = collections(ctx);
    await certificates.updateOne({ _id: id }, { $set: { consents: [] } });
    await recordings.deleteOne({ _id: id });
    expect(await info(id)).toMatchObject({
      has_consents: false,
      consent_count: 0,
      events_combined: {},
    });
  });

  test('is refused without a property, of others, and once it is revoked or removed', async () => {
    const mine = await makeCertificate(ctx, company);
    const theirs = await makeCertificate(ctx, await makeCompany(ctx));
    await expect(info(mine.id, 'prop-none')).rejects.toMatchObject({ code: 'property_not_found' });
    const unknown = { code: 'certificate_not_found' };
    await expect(info(theirs.id)).rejects.toMatchObject(unknown);
    await expect(info('EC-none')).rejects.toMatchObject(unknown);
    const gone = await makeCertificate(ctx, company);
    await remove(gone);
    await expect(info(gone.id)).rejects.toMatchObject(unknown);
    await revoke(mine.id);
    await expect(info(mine.id)).rejects.toMatchObject({ code: 'opted_out' });
    await remove(mine);
    await expect(info(mine.id)).rejects.toMatchObject({ code: 'opted_out' });
  });
});

describe('before an answer is repeated', () => {
  const confirm = (named: { certificateId: string } | { sessionId: string }) =>
    confirmNotRevoked({ ctx, companyId: company.id, ...named });

  test('what was revoked since is found by id and by session, removed or not', async () => {
    const { id, sessionId } = await makeCertificate(ctx, company);
    const named = [{ certificateId: id }, { sessionId }];
    for (const name of named) await expect(confirm(name)).resolves.toBeUndefined();
    await revoke(id);
    for (const name of named) {
      await expect(confirm(name)).rejects.toMatchObject({ code: 'opted_out' });
    }
    await remove({ id, sessionId });
    for (const name of named) {
      await expect(confirm(name)).rejects.toMatchObject({ code: 'opted_out' });
    }
  });

  test('neither what is unknown nor another company’s revocation is in the way', async () => {
    const other = await makeCompany(ctx);
    const theirs = await makeCertificate(ctx, other);
    await revoke(theirs.id, other.id);
    for (const name of [
      { certificateId: theirs.id },
      { sessionId: theirs.sessionId },
      { certificateId: 'EC-none' },
      { sessionId: 'none' },
    ]) {
      await expect(confirm(name)).resolves.toBeUndefined();
    }
  });
});
