import { anEmail, follow, PASSWORD } from '../../core/operators/scene';
import { signIn } from '../../../src/core/operators/sign-in';
import { operatorClient, wrongFields } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { makeCompany } from '../../helpers/company';

let service: Service;
const operator = operatorClient(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const enter = (email: string) =>
  signIn({ ctx: service.ctx, email, password: PASSWORD, ip: '192.0.2.7' });

test('an operator is added with a link, listed, and removed', async () => {
  const email = anEmail();
  const made = await operator('POST', '/operators', { email: email.toUpperCase(), role: 'viewer' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ email, role: 'viewer', state: 'invited' });
  const { operator_id: id, url } = made.body as { operator_id: string; url: string };
  expect(url.startsWith(`${service.url}/operator/login/links/`)).toBe(true);
  expect((await fetch(url)).status).toBe(200);
  await follow(service.ctx, url.split('/').at(-1) ?? '');
  await enter(email);
  const { body } = await operator('GET', '/operators');
  expect(body.operators).toMatchObject([
    { operator_id: id, state: 'active', link_expires_at: null },
  ]);
  expect(JSON.stringify(body)).not.toMatch(/scrypt|hash|secret/);

  const reset = await operator('POST', `/operators/${id}/reset`);
  expect([reset.status, reset.body.operator_id]).toEqual([201, id]);
  expect((await operator('DELETE', `/operators/${id}`)).status).toBe(204);
  expect((await fetch(reset.body.url as string)).status).toBe(404);
  expect((await operator('DELETE', `/operators/${id}`)).status).toBe(404);
  expect((await operator('POST', `/operators/${id}/reset`)).status).toBe(404);
  await expect(enter(email)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect((await operator('GET', '/operators')).body.operators).toEqual([]);
});

test('a key makes one operator, and a replay leaves the link out', async () => {
  const body = { email: anEmail(), role: 'admin' };
  const key = { 'idempotency-key': 'one-operator' };
  const first = await operator('POST', '/operators', body, key);
  const again = await operator('POST', '/operators', body, key);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(again.body).toEqual({ ...first.body, url: undefined });
  expect((await operator('POST', '/operators', body)).status).toBe(409);
});

test('bad input is refused by the name of its field', async () => {
  const wrong = await operator('POST', '/operators', { email: 'no', role: 'owner' });
  expect([wrong.status, wrongFields(wrong)]).toEqual([400, ['email', 'role']]);
  for (const [query, path] of [
    ['from=yesterday', 'from'],
    ['limit=0', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['who=me', 'who'],
    ['action=operator.promoted', 'action'],
  ] as const) {
    const reply = await operator('GET', `/audit?${query}`);
    expect([query, reply.status, wrongFields(reply)]).toEqual([query, 400, [path]]);
  }
  expect((await service.get('/operator/operators', { token: 'wrong' })).status).toBe(401);
});

test('every change by the API is in the operators’ audit', async () => {
  const { id } = await makeCompany(service.ctx);
  const at = `/companies/${id}`;
  const changes = [
    ['PATCH', at, { name: 'Renamed' }, 'company.updated'],
    ['POST', `${at}/properties`, { name: 'Site', domain: 'example.com' }, 'property.created'],
    ['POST', `${at}/tokens`, { label: 'New' }, 'token.created'],
    ['POST', `${at}/api-keys`, {}, 'api_key.created'],
    ['POST', `${at}/users/invitations`, { email: anEmail(), role: 'viewer' }, 'user.invited'],
    ['POST', `${at}/wallet/top-ups`, { amount_usd: '25.00' }, 'wallet.topped_up'],
    ['PUT', `${at}/legal-hold`, { all: true, reason: 'Case 7' }, 'legal_hold.placed'],
    ['DELETE', `${at}/legal-hold`, { all: true }, 'legal_hold.lifted'],
  ] as const;
  for (const [method, path, body, action] of changes) {
    expect([action, (await operator(method, path, body)).status < 300]).toEqual([action, true]);
    const { body: log } = await operator('GET', `/audit?company_id=${id}&limit=1`);
    expect(log.entries).toMatchObject([
      { action, actor: 'operator', actor_name: 'operator token', company_id: id, ip: '127.0.0.1' },
    ]);
  }
  const made = await operator('POST', '/companies', { name: 'Another' });
  const query = `action=company.created&actor=operator&company_id=${String(made.body.company_id)}`;
  expect((await operator('GET', `/audit?${query}`)).body.entries).toHaveLength(1);
});
