import { makeCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';

let limited: Service;
beforeAll(async () => {
  limited = await startService(testConfig({ TRUST_PROXY: '1' }));
});
afterAll(() => limited.close());

test('wrong credentials are limited per IP', async () => {
  const there = await makeCompany(limited.ctx);
  const ask = (token: string, ip: string) =>
    limited.get('/wallet', { token, headers: { 'x-forwarded-for': ip } });
  for (let i = 0; i < 60; i++) {
    expect((await ask(`rescind_tok_${i}`, '198.51.100.7')).status).toBe(401);
  }
  const refused = await ask('rescind_tok_61', '198.51.100.7');
  expect([refused.status, refused.body.status]).toEqual([429, 429]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  // Further guesses are useless, and nobody else is affected.
  expect((await ask(there.token, '198.51.100.7')).status).toBe(200);
  expect((await ask(there.token, '198.51.100.8')).status).toBe(200);
});
