import { collections, database } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';
import { openRequest, stored } from './csv-scene';

/** Short, so that a test need not wait for 30 s. */
const BODY_MS = 500;
const HEAD =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\r\n';
const TAIL = '\r\n--b--\r\n';
const MIB = 1024 * 1024;

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(undefined, { bodyMs: BODY_MS });
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());
afterEach(async () => {
  await collections(service.ctx).batches.deleteMany({});
  const db = database(service.ctx);
  for (const part of ['chunks', 'files']) await db.collection(`uploads.${part}`).deleteMany({});
});

const headers = (more: Record<string, string> = {}) => ({
  authorization: `Bearer ${company.token}`,
  'content-type': 'multipart/form-data; boundary=b',
  ...more,
});
const EXPECT = { expect: '100-continue' };
const rows = (bytes: number) => 'someone@example.com\r\n'.repeat(Math.ceil(bytes / 21));
const empty = { batches: [], chunks: 0 };

test.each([
  ['without a token', {}, 401],
  ['with a wrong token', { authorization: 'Bearer rescind_tok_wrong' }, 401],
])('answers a caller %s before asking for a byte', async (_who, credentials, status) => {
  const more = { ...headers(EXPECT), authorization: '', ...credentials };
  const { request, answer, events } = openRequest(service, more);
  request.flushHeaders();
  const reply = await answer;
  expect(reply.status).toBe(status);
  expect(events).toEqual([]);
  // The next request could not be told from a body that arrives after all.
  expect(reply.headers.connection).toBe('close');
  request.destroy();
  expect(await stored(service.ctx)).toEqual(empty);
});

test('answers 403 before asking for a byte', async () => {
  const settings = { services: ['attestr'] };
  const { token } = await makeCompany(service.ctx, { settings });
  const refused = openRequest(service, headers({ ...EXPECT, authorization: `Bearer ${token}` }));
  refused.request.flushHeaders();
  expect((await refused.answer).status).toBe(403);
  expect(refused.events).toEqual([]);
  refused.request.destroy();
});

test('refuses at once while the body is still arriving', async () => {
  const { request, answer } = openRequest(service, headers({ authorization: 'Bearer wrong' }));
  request.write(HEAD);
  expect((await answer).status).toBe(401);
  request.on('error', () => undefined).destroy();
});

test('asks callers with good credentials for the body', async () => {
  const { request, answer, events } = openRequest(service, headers(EXPECT));
  request.flushHeaders();
  await until('100 Continue', () => events.includes('continue'));
  request.end(HEAD + rows(10) + TAIL);
  expect((await answer).status).toBe(202);
});

test('asks for bodies of other calls too', async () => {
  const path = '/verify/match';
  const json = { 'content-type': 'application/json', ...EXPECT };
  const { request, answer, events } = openRequest(service, headers(json), path);
  request.flushHeaders();
  await until('100 Continue', () => events.includes('continue'));
  request.end(JSON.stringify({ certificate_id: 'EC-none', consent: 'x' }));
  expect((await answer).status).toBe(404);
});

test('refuses a Content-Length above the limit before asking for a byte', async () => {
  const more = { ...EXPECT, 'content-length': String(1_100 * MIB) };
  const { request, answer, events } = openRequest(service, headers(more));
  request.flushHeaders();
  expect((await answer).status).toBe(413);
  expect(events).toEqual([]);
  request.on('error', () => undefined).destroy();
});

test('refuses an unusable file long before all of it has arrived', async () => {
  const { request, answer } = openRequest(service, headers());
  request.write(HEAD.replace('email', 'name') + rows(200_000));
  const reply = await answer;
  expect(reply.status).toBe(400);
  expect(JSON.parse(reply.body)).toMatchObject({ details: [{ path: 'file' }] });
  request.on('error', () => undefined).destroy();
  expect(await stored(service.ctx)).toEqual(empty);
});

test('refuses a file in another field long before all of it has arrived', async () => {
  const { request, answer } = openRequest(service, headers());
  request.write(HEAD.replace('"file"', '"csv"') + rows(200_000));
  expect((await answer).status).toBe(400);
  request.on('error', () => undefined).destroy();
});

test('leaves nothing behind when the caller disconnects half-way', async () => {
  const { request, answer } = openRequest(service, headers());
  request.write(HEAD + rows(3 * MIB));
  await until('some of it is stored', async () => (await stored(service.ctx)).chunks > 0);
  request.destroy();
  await expect(answer).rejects.toThrow();
  await until('nothing is left', async () => {
    const { batches, chunks } = await stored(service.ctx);
    return batches.length === 0 && chunks === 0;
  });
});

test('holds other bodies to their deadline, and gives an upload as long as it takes', async () => {
  const slow = openRequest(service, headers());
  slow.request.write(HEAD);
  const json = openRequest(service, headers({ 'content-type': 'application/json' }), '/opt-out');
  json.request.write('{"company_id":');
  expect((await json.answer).status).toBe(408);
  json.request.on('error', () => undefined).destroy();
  slow.request.end(rows(10) + TAIL);
  expect((await slow.answer).status).toBe(202);
});
