import type { Context } from '../../../src/context';
import { createCheck, type Check } from '../../../src/core/verification/check';
import type { AskedCheck } from '../../../src/core/verification/arrived-check';
import { openContext } from '../../helpers/context';
import { AppError } from '../../../src/errors';
import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { movementsOf } from '../../helpers/wallet';
import { ensureIndexes } from '../../helpers/indexes';

type Identity = Awaited<AskedCheck['by']>;

let ctx: Context;
let close: () => Promise<void>;
let check: Check;
let company: TestCompany;
let known: Identity;
let asked: Omit<AskedCheck, 'by'>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
beforeEach(async () => {
  check = createCheck({ ctx });
  company = await makeCompany(ctx, { balanceMicrousd: 1_000_000 });
  const { id: certificateId } = await makeCertificate(ctx, company);
  asked = { mode: 'match', certificateId, text: CONSENT, sharer: company.id };
  const found = (await ctx.store.companies.find(company.id))!;
  known = { company: found, caller: CALLER, election: ctx.store.election() };
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => close());

const charges = async () =>
  (await movementsOf(ctx, company.id)).filter(({ kind }) => kind === 'check_match').length;

/** Somebody who is looked up until it is said who they are. */
function lookedUp() {
  let found: (identity: Identity) => void = () => undefined;
  let refused: (error: Error) => void = () => undefined;
  const by = new Promise<Identity>((resolve, reject) => {
    found = resolve;
    refused = reject;
  });
  return { by, found, refused };
}

test('certificates are read while the caller is looked up, and nothing is decided before', async () => {
  const read = jest.spyOn(ctx.store.certificates, 'findForChecks');
  const { by, found } = lookedUp();
  const answer = check({ ...asked, by });
  await until('the certificate is read', () => read.mock.results.length > 0);
  expect(await charges()).toBe(0);
  found(known);
  expect((await answer).answer.valid).toBe(true);
  expect(await charges()).toBe(1);
});

test('who is refused gets the refusal, whatever is asked, and is not charged', async () => {
  for (const certificateId of [asked.certificateId, 'EC-there-is-none']) {
    const { by, refused } = lookedUp();
    const answer = check({ ...asked, certificateId, by });
    refused(new AppError('unauthenticated'));
    await expect(answer).rejects.toMatchObject({ code: 'unauthenticated' });
  }
  expect(await charges()).toBe(0);
});

test('who is refused by the time their group begins costs it nothing', async () => {
  const read = jest.spyOn(ctx.store.certificates, 'findForChecks');
  const by = Promise.reject<Identity>(new AppError('too_many_requests'));
  await expect(check({ ...asked, by })).rejects.toMatchObject({ code: 'too_many_requests' });
  expect(read).not.toHaveBeenCalled();
});

test('who is refused is told so also where checks are not answered now', async () => {
  const away = Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
  jest.spyOn(ctx.store, 'transaction').mockRejectedValue(away);
  const { by, refused } = lookedUp();
  const refusal = check({ ...asked, by });
  refused(new AppError('unauthenticated'));
  await expect(refusal).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(check({ ...asked, by: known })).rejects.toThrow('gone');
});

test('a caller who takes long to look up keeps nobody else waiting, and is answered later', async () => {
  const { by, found } = lookedUp();
  let isAnswered = false;
  const slow = check({ ...asked, by }).then((result) => {
    isAnswered = true;
    return result;
  });
  const others = [check({ ...asked, by: known }), check({ ...asked, by: Promise.resolve(known) })];
  for (const { answer } of await Promise.all(others)) expect(answer.valid).toBe(true);
  expect([isAnswered, await charges()]).toEqual([false, 2]);
  found(known);
  expect((await slow).answer.valid).toBe(true);
  expect(await charges()).toBe(3);
});
