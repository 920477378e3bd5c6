import { revokeInBulk } from '../../../../src/core/batches/list/revoke-in-bulk';
import { openContext } from '../../../helpers/context';
import { collections } from '../../../helpers/collections';
import { CALLER, makeCompany } from '../../../helpers/company';
import { testConfig } from '../../../helpers/settings';
import { ensureIndexes } from '../../../helpers/indexes';

test('the verb itself takes no more than 10,000 ids, whichever route calls it', async () => {
  const { ctx, close } = await openContext(testConfig(), 'worker');
  try {
    await ensureIndexes(ctx);
    const { id: companyId } = await makeCompany(ctx);
    const certificateIds = Array.from({ length: 10_001 }, (_, i) => `EC-${i}`);
    const revoking = revokeInBulk({ ctx, companyId, certificateIds, caller: CALLER });
    await expect(revoking).rejects.toThrow(RangeError);
    expect(await collections(ctx).batches.countDocuments({ company_id: companyId })).toBe(0);
  } finally {
    await close();
  }
});
