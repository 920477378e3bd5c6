import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RecordedExample, recordedExamples } from '../../../src/http/openapi/examples';
import { recordAccess } from '../../../src/core/security-log/record-access';
import { turnedOn } from '../../core/two-step/scene';
import { CONSENT } from '../../helpers/company';
import { operationOf, operations } from '../../helpers/described';
import { type CallOptions, type Reply } from '../../helpers/service';
import { type Receiver, startReceiver } from '../../helpers/receiver';
import { tellNow } from '../../helpers/webhooks';
import { openScene, type OpenapiScene } from './scene';

const FILE = path.join(__dirname, '../../../src/http/openapi/examples.json');

type Examples = Record<string, RecordedExample>;

let scene: OpenapiScene;
let receiver: Receiver;
/** What the test under way has recorded, by operation. */
let seen: Examples;
const all: Examples = {};

beforeAll(async () => {
  scene = await openScene();
  receiver = await startReceiver();
});
beforeEach(() => {
  seen = {};
});
afterAll(async () => {
  if (process.env.RECORD_EXAMPLES) writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
  await receiver.close();
  await scene.service.close();
});

/** Makes a call with the credentials it needs, and keeps what was sent and answered. */
async function call(
  method: string,
  at: string,
  body?: unknown,
  options: CallOptions = {},
): Promise<Reply> {
  const { id, object } = operationOf(method, at)!;
  const given = { ...scene.credentials[object.tags[0]!], ...options.headers };
  // An empty header is not the same as none.
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const reply = await scene.service.call(method, at, { body, headers });
  const { answers } = (seen[id] ??= { answers: {} });
  if (reply.headers.get('content-type')?.includes('json'))
    answers[reply.status] = clean(reply.body);
  if (body !== undefined && reply.status < 300) seen[id].request = clean(body);
  return reply;
}

/** Secrets and the address of the test stay out of the examples. */
function clean(body: unknown): unknown {
  const text = JSON.stringify(body)
    .replaceAll(scene.service.url, 'http://localhost:3000')
    .replaceAll(/rescind_(tok|ck|sk|inv|opl)_[\w-]+/g, 'rescind_$1_…')
    .replaceAll(receiver.url, 'https://example.com/hooks/rescind')
    .replaceAll(/whsec_[\w+/=]+/g, 'whsec_…')
    .replaceAll(/one-click\/[\w.~-]+/g, 'one-click/token');
  return JSON.parse(text) as unknown;
}

/** The operations of some examples, each with the statuses that it has. */
function shape(examples: Examples): string[] {
  return Object.entries(examples)
    .map(([id, { answers }]) => `${id} ${Object.keys(answers).sort().join()}`)
    .sort();
}

/** Expects that the description shows what was recorded, and nothing else under these tags. */
function expectShown(...tags: string[]): void {
  Object.assign(all, seen);
  if (process.env.RECORD_EXAMPLES) return;
  const ids = operations.filter(({ object }) => tags.includes(object.tags[0]!)).map(({ id }) => id);
  const shown = Object.entries(recordedExamples as Examples).filter(([id]) => ids.includes(id));
  expect(shape(Object.fromEntries(shown))).toEqual(shape(seen));
}

async function callWebhooks(): Promise<void> {
  const added = await call('POST', '/webhooks/endpoints', {
    url: receiver.url,
    events: ['certificate.revoked', 'consent.revoked'],
    description: 'Dialler',
  });
  await call('POST', '/webhooks/endpoints', { url: 'example.com' });
  const at = `/webhooks/endpoints/${String(added.body.endpoint_id)}`;
  await call('GET', '/webhooks/endpoints');
  await call('PATCH', at, { events: null, description: 'Dialler and CRM' });
  await call('POST', `${at}/rotate`, {});
  const { body } = await call('POST', `${at}/test`, {});
  const delivery = `/webhooks/deliveries/${String(body.delivery_id)}`;
  await tellNow(scene.service.ctx);
  await call('GET', '/webhooks/deliveries?event=endpoint.test');
  await call('GET', delivery);
  await call('POST', `${delivery}/redeliver`, {});
  await call('POST', `${at}/replay`, { since: '2026-01-31T12:00:00Z' });
  await call('PATCH', at, { enabled: false });
  await call('POST', `${at}/test`, {});
  await call('DELETE', at);
  await call('DELETE', at);
}

// RECORD_EXAMPLES=1 rewrites what is shown.
test('the description shows a real answer of every call, and of its refusals', async () => {
  const { company, known } = scene;
  const [certificate_id = ''] = known.certificate_id!;
  const [session_id = ''] = known.session_id!;
  const { company_id, property_id } = company.ids;
  const none = { headers: { authorization: '' } };

  await call('POST', '/verify/match', { ...company.ids, certificate_id, consent: CONSENT }, none);
  await call('POST', '/verify/match', { certificate_id });
  await call('POST', '/verify/match', { certificate_id: 'EC-nobody', consent: CONSENT });
  await call('POST', '/verify/partial-match', { certificate_id, term: 'receive calls' });
  await call('POST', '/verify/certificate-info', { property_id, certificate_id });
  await call('POST', `/verify/session/${company_id}`, { session_id });
  await call('POST', `/verify/certificate/${company_id}`, { session_id });
  await call('POST', '/certificates', {
    property_id,
    session_id: 'sess-1001',
    email: 'ann@example.com',
    mobile: '+14155550100',
    origin: 'https://example.com/sign-up',
    consents: [{ type: 'tcpa-express-consent', text: CONSENT }],
  });
  await call('GET', '/certificates?session_id=sess-1001');
  await call('POST', '/contact/check', { email: 'ann@example.com', channel: 'call' });
  await call('POST', '/contact/check', { email_sha256: 'ann@example.com' });
  await call('GET', `/certificates/${certificate_id}`);
  await call('GET', `/certificates/${certificate_id}/evidence.zip`);
  await call('GET', '/certificates/EC-nobody/evidence.zip');
  const revoked = await call('POST', `/certificates/${certificate_id}/revoke`, {
    reason: 'By letter',
  });
  await call('GET', `/revocations/${String(revoked.body.revocation_id)}`);
  await call('GET', '/revocations/RSC-0000-0000-0000');
  await call('GET', '/revocations?limit=2');
  await call('GET', '/revocations?cursor=none');
  await call('POST', '/verify/match', { certificate_id, consent: CONSENT });
  await call('POST', '/revocations/bulk', { certificate_ids: known.certificate_id });
  const file = new FormData();
  file.append('file', new Blob(['email\nann@example.com\n']), 'list.csv');
  const upload = await fetch(`${scene.service.url}/revocations/csv`, {
    method: 'POST',
    body: file,
    headers: { authorization: `Bearer ${company.token}` },
  });
  expect(upload.status).toBe(202);
  const batch = (await upload.json()) as { batch_id: string };
  seen.uploadRevocations = { answers: { 202: clean(batch) } };
  await call('GET', '/revocations/batches');
  await call('GET', `/revocations/batches/${batch.batch_id}`);
  await call('POST', `/revocations/batches/${batch.batch_id}/commit`, {});
  await call('POST', `/revocations/batches/${batch.batch_id}/cancel`, {});
  await call('GET', '/revocations/batches/none');
  await call(
    'POST',
    '/opt-out',
    { company_id, email: 'ann@example.com', reason: 'No longer' },
    none,
  );
  await call('GET', '/suppressions?email=ann@example.com');
  await call('POST', '/opt-out/links', { email: 'ann@example.com' });
  await call('GET', '/.well-known/gpc.json');
  await callWebhooks();
  await recordAccess(scene.service);
  const lists = ['/audit?limit=2', '/security-log?limit=2', '/wallet', '/wallet/entries?limit=2'];
  for (const at of lists) await call('GET', at);
  await call('GET', '/wallet', undefined, none);
  expectShown('eConsent', 'Portal');
});

test('so it does of the Attestr calls', async () => {
  const at = '/api/v3/public/consent';
  const terms = { subject: { email: 'ann@example.com' }, purposes: ['kyc'], text: CONSENT };
  const { body } = await call('POST', at, terms);
  await call('POST', at, {});
  await call('GET', `${at}/${String(body._id)}`);
  await call('PATCH', `${at}/${String(body._id)}`, { purposes: ['kyc', 'credit-check'] });
  await call('POST', `${at}/${String(body._id)}/revoke`, { reason: 'By phone' });
  await call('GET', `${at}/${String(body._id)}/audit`);
  await call('GET', `${at}/none`);
  expectShown('Attestr');
});

test('so it does of the Baanx calls', async () => {
  const at = '/v2/consent';
  const { body } = await call('POST', `${at}/consentSet`, {
    userId: 'user_7',
    policy: 'US',
    consents: ['termsAndPrivacy', 'eSignAct', 'marketingNotifications'].map((consentType) => {
      return { consentType, consentStatus: 'granted' };
    }),
  });
  await call('GET', `${at}/consentSet/${String(body.consentSetId)}`);
  const one = `${at}/consentSet/${String(body.consentSetId)}/consent/${String(body.consents[2].consentId)}`;
  await call('DELETE', one);
  await call('DELETE', one);
  await call('POST', `${at}/user/user_7/revocations`, { all: true });
  await call('GET', `${at}/user/user_7`);
  await call('GET', `${at}/user/user_7/audit?limit=2`);
  await call('GET', `${at}/user/user_7`, undefined, { headers: { 'x-client-key': '' } });
  await call('GET', `${at}/user/user_7`, undefined, { headers: { 'x-secret-key': 'wrong' } });
  expectShown('Baanx');
});

test('so it does of the calls of the operator and of the service', async () => {
  await call('POST', '/operator/companies', { name: 'Example Corp', company_id: 'comp-example' });
  const at = '/operator/companies/comp-example';
  await call('GET', '/operator/companies?limit=1');
  await call('GET', at);
  await call('PATCH', at, { services: ['econsent'], limits: { api_per_second: 100 } });
  await call('POST', `${at}/properties`, { name: 'Sign-up', domain: 'example.com' });
  await call('GET', `${at}/properties`);
  await call('POST', `${at}/tokens`, { label: 'CRM', scopes: ['verify', 'retain'] });
  await call('GET', `${at}/tokens`);
  await call('POST', `${at}/api-keys`, { label: 'CRM' });
  await call('GET', `${at}/api-keys`);
  const password = 'correct horse battery staple';
  const user = await call('POST', `${at}/users`, {
    email: 'bo@example.com',
    password,
    role: 'admin',
  });
  await call('GET', `${at}/users`);
  await call('POST', `${at}/invitations`, { email: 'cy@example.com', role: 'viewer' });
  await call('GET', `${at}/invitations`);
  const userId = String(user.body.user_id);
  await call('POST', `${at}/users/${userId}/reset`);
  await turnedOn(scene.service.ctx, userId);
  await call('DELETE', `${at}/users/${userId}/two-step`, { reason: 'Lost phone; called back' });
  await call('POST', `${at}/wallet/top-ups`, { amount_usd: '25.00' });
  await call('GET', `${at}/wallet`);
  await call('PUT', `${at}/legal-hold`, { all: true, reason: 'Case 17' });
  await call('GET', `${at}/legal-holds`);
  await call('DELETE', `${at}/legal-hold`, { all: true });
  await call('GET', `${at}/cleanups`);
  await call('GET', '/operator/search?q=comp-example');
  await call('GET', '/operator/search?q=ann@example.com');
  await call('POST', '/operator/search', { q: '(415) 555-0100' });
  const dee = await call('POST', '/operator/operators', {
    email: 'dee@example.com',
    role: 'viewer',
  });
  await call('GET', '/operator/operators');
  const named = `/operator/operators/${String(dee.body.operator_id)}`;
  await call('POST', `${named}/reset`);
  await call('DELETE', named);
  await call('GET', '/operator/audit?limit=2');
  await call('GET', '/healthz');
  await call('GET', '/readyz');
  expectShown('Operator', 'Service');
});

test('every example that is shown is of a call that exists', () => {
  const known = operations.map(({ id }) => id);
  expect(Object.keys(recordedExamples).filter((id) => !known.includes(id))).toEqual([]);
});
