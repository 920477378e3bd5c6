import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveMetrics } from '../../src/core/health/serve-metrics';
import { addUser } from '../../src/core/users/add-user';
import { CALLER, makeCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { until } from '../helpers/until';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://rescind.example',
  OPERATOR_TOKEN: 'test-operator-token-0123456789-0123456789',
  IDENTIFIER_KEY: 'test-identifier-key-0123456789-0123456789',
};
const HSTS = 'strict-transport-security';

let service: Service;
beforeAll(async () => {
  service = await startService(testConfig(PRODUCTION));
});
afterAll(() => service.close());

test('tells browsers to come back by https, in production only', async () => {
  for (const path of ['/healthz', '/opt-out', '/nothing', '/wallet', '/operator/companies']) {
    const { headers } = await service.get(path);
    expect([path, headers.get(HSTS)]).toEqual([path, 'max-age=63072000']);
  }
  const elsewhere = await startService();
  expect((await elsewhere.get('/healthz')).headers.get(HSTS)).toBeNull();
  await elsewhere.close();
});

test('takes a session from a cookie only that was set over https', async () => {
  const company = await makeCompany(service.ctx);
  const input = { email: 'admin@example.com', password: 'correct horse battery', role: 'admin' };
  await addUser({ ctx: service.ctx, companyId: company.id, caller: CALLER, input } as never);
  const signedIn = await fetch(`${service.url}/dashboard/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: PRODUCTION.PUBLIC_URL },
    body: new URLSearchParams({ email: input.email, password: input.password }),
  });
  const [cookie = ''] = signedIn.headers.getSetCookie();
  expect(cookie).toMatch(/^__Secure-rescind_session=[\w-]+; .*Path=\/dashboard; .*Secure/);
  const [pair = ''] = cookie.split(';');
  const open = (given: string) =>
    fetch(`${service.url}/dashboard/wallet`, { redirect: 'manual', headers: { cookie: given } });
  expect((await open(pair)).status).toBe(200);
  // As a page without https could set it.
  expect((await open(pair.replace('__Secure-', ''))).status).toBe(303);
});

describe('metrics', () => {
  const basic = (pair: string) => ({
    authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
  });

  test('are the operator’s in production', async () => {
    const token = service.ctx.config.operatorToken;
    expect((await service.get('/metrics')).status).toBe(401);
    expect((await service.get('/metrics', { token: 'wrong' })).status).toBe(401);
    const company = await makeCompany(service.ctx);
    expect((await service.get('/metrics', { token: company.token })).status).toBe(401);
    const scraped = await service.get('/metrics', { token });
    expect([scraped.status, scraped.body]).toEqual([200, expect.stringContaining('process_cpu')]);
    const headers = basic(`operator:${token}`);
    expect((await service.get('/metrics', { headers })).status).toBe(200);
  });

  test('have a port of their own if told so, and are nowhere else', async () => {
    const port = await freePort();
    const own = await startService(testConfig({ ...PRODUCTION, METRICS_PORT: String(port) }));
    const { ctx } = own;
    expect(ctx.config.metricsPort).toBe(port);
    const metrics = serveMetrics({ ctx, port, setting: 'METRICS_PORT' });
    try {
      const token = ctx.config.operatorToken;
      expect((await own.get('/metrics', { token })).status).toBe(404);
      const scrape = () => fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
      const scraped = await until('the port', scrape);
      expect(await scraped.text()).toContain('process_cpu');
    } finally {
      metrics.close();
      await own.close();
    }
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
