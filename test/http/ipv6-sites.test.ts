import { makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';

let service: Service;
let company: TestCompany;
beforeAll(async () => {
  service = await startService(testConfig({ TRUST_PROXY: '1', OPT_OUT_RATE_PER_MINUTE: '3' }));
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

const from = (address: string) => ({ 'x-forwarded-for': address });

/** Opt-outs of somebody unknown from this address; their statuses. */
async function optOuts(address: string, times = 1): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < times; i++) {
    const body = { company_id: company.id, email: 'nobody@x.example' };
    statuses.push((await service.post('/opt-out', body, { headers: from(address) })).status);
  }
  return statuses;
}

/** `/verify/match` with ids that are wrong. */
const guess = async (address: string) => {
  const body = { company_id: 'nobody', property_id: 'x', certificate_id: 'c', consent: 'c' };
  return (await service.post('/verify/match', body, { headers: from(address) })).status;
};

test('40 /64s of one /48 are not 40 callers', async () => {
  const statuses = [];
  for (let n = 0; n < 40; n++) {
    statuses.push(...(await optOuts(`2001:db8:1:${n.toString(16)}::1`)));
  }
  // As many as four subnets have.
  expect(statuses.filter((status) => status === 200)).toHaveLength(12);
  expect(statuses.at(-1)).toBe(429);
  expect(await optOuts('2001:db8:2:1::1')).toEqual([200]);
});

test('a /64 that is refused uses up nothing of what its neighbours have', async () => {
  expect(await optOuts('2001:db8:3:1::1', 20)).toContain(429);
  expect(await optOuts('2001:db8:3:2::1', 4)).toEqual([200, 200, 200, 429]);
});

test('wrong credentials are counted by /48, too', async () => {
  const statuses = [];
  for (let n = 0; n < 250; n++) statuses.push(await guess(`2001:db8:4:${n.toString(16)}::1`));
  expect(statuses.indexOf(429)).toBe(240);
  expect(await guess('2001:db8:5:1::1')).toBe(401);
});
