import { type Service, startService } from '../helpers/service';
import { makeKeyedCompany } from './key-pair';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test.each([
  ['GET', '/verify/match', 'POST'],
  ['GET', '/api/verify/match', 'POST'],
  ['DELETE', '/certificates', 'POST, GET, HEAD'],
  ['PUT', '/certificates/EC-x', 'GET, HEAD'],
  ['PATCH', '/revocations/batches/bat-x/cancel', 'POST'],
  ['POST', '/healthz', 'GET, HEAD'],
])('%s %s: the path does not take that method', async (method, path, allow) => {
  const reply = await service.call(method, path);
  expect([reply.status, reply.body.status]).toEqual([405, 405]);
  expect(reply.headers.get('allow')).toBe(allow);
});

test('other dialects, the operator API and pages say so, too, to those who may know', async () => {
  const { attestr, baanx } = await makeKeyedCompany(service.ctx);
  const consent = '/api/v3/public/consent';
  const refused = await service.call('PUT', consent, { headers: attestr });
  expect([refused.status, refused.body.httpStatusCode, refused.headers.get('allow')]).toEqual([
    ...[405, 405, 'POST'],
  ]);
  expect((await service.call('PUT', consent)).status).toBe(401);
  const set = await service.call('GET', '/v2/consent/consentSet', { headers: baanx });
  expect([set.status, set.body.error, set.headers.get('allow')]).toEqual([
    ...[405, 'Method not allowed', 'POST'],
  ]);
  const token = service.ctx.config.operatorToken;
  const companies = await service.call('DELETE', '/operator/companies', { token });
  expect([companies.status, companies.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
  expect((await service.call('DELETE', '/operator/companies')).status).toBe(401);
  const page = await service.call('DELETE', '/opt-out');
  expect([page.status, page.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  expect(page.headers.get('content-type')).toMatch(/html/);
  const links = await service.call('PUT', '/opt-out/links');
  expect([links.status, links.headers.get('allow')]).toEqual([405, 'POST']);
});
