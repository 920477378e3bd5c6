import { makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';

let service: Service;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test('notes the last use of a token at most once a minute, without delaying the call', async () => {
  const company = await makeCompany(ctx());
  const lastUsed = async () =>
    (await ctx().store.credentials.listTokens(company.id))[0]?.last_used_at;
  expect(await lastUsed()).toBeUndefined();
  await service.get('/wallet', { token: company.token });
  const first = await until('the use is noted', lastUsed);
  await service.get('/wallet', { token: company.token });
  const id = (await ctx().store.credentials.listTokens(company.id))[0]!._id;
  const soon = new Date(first.getTime() + 30_000);
  await ctx().store.credentials.markTokenUsed(id, soon, new Date(soon.getTime() - 60_000));
  expect(await lastUsed()).toEqual(first);
  const later = new Date(first.getTime() + 61_000);
  await ctx().store.credentials.markTokenUsed(id, later, new Date(later.getTime() - 60_000));
  expect(await lastUsed()).toEqual(later);
});
