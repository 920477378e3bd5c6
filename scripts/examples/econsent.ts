/**
 * The eConsent calls with nothing but fetch: register a consent, verify it before every contact,
 * revoke on opt-out, a campaign in bulk, and a suppression file.
 * Settings: ECONSENT_API_TOKEN, ECONSENT_COMPANY_ID, ECONSENT_PROPERTY_ID and, unless the service is
 * on this machine, RESCIND_URL.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.env.RESCIND_URL ?? 'http://127.0.0.1:3000';
const token = setting('ECONSENT_API_TOKEN');
const companyId = setting('ECONSENT_COMPANY_ID');
const propertyId = setting('ECONSENT_PROPERTY_ID');

const CONSENT = 'I agree to receive calls and texts from Example Corp.';
const MAX_TRIES = 5;
const MAX_WAIT_SECONDS = 60;

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** An answer that has come in whole. */
interface Answer {
  status: number;
  ok: boolean;
  text: string;
}

/**
 * Calls the API. After a lost connection, a 409, 429 or 503 it tries again: under the same
 * Idempotency-Key nothing is done or charged twice.
 */
async function call(method: string, path: string, body?: object): Promise<Answer> {
  const isForm = body instanceof FormData;
  const request = {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      'Idempotency-Key': randomUUID(),
      ...(!isForm && { 'Content-Type': 'application/json' }),
    },
    body: isForm ? body : JSON.stringify(body),
  };
  for (let attempt = 1; ; attempt++) {
    let waitSeconds = 1;
    try {
      const response = await fetch(url + path, request);
      const { status, ok, headers } = response;
      const text = await response.text(); // Here, as it may be cut off.
      waitSeconds = Number(headers.get('Retry-After') ?? Infinity);
      if (waitSeconds > MAX_WAIT_SECONDS || attempt === MAX_TRIES) return { status, ok, text };
    } catch (error) {
      if (attempt === MAX_TRIES) throw error;
    }
    await sleep(waitSeconds * 1_000);
  }
}

/** The error that an answer is: `{status, error, details?}`. */
function refusal({ status, text }: Answer): Error {
  return new Error(`${status}: ${text}`);
}

/** The JSON of a success. */
function json(answer: Answer): unknown {
  if (!answer.ok) throw refusal(answer);
  return JSON.parse(answer.text);
}

async function register(email: string): Promise<string> {
  const certificate = json(
    await call('POST', '/certificates', {
      property_id: propertyId,
      session_id: randomUUID(),
      email,
      origin: 'https://example.com/sign-up',
      consents: [{ type: 'tcpa-express-consent', text: CONSENT }],
    }),
  );
  return (certificate as { certificate_id: string }).certificate_id;
}

/** Whether a person may be called now; to be asked before every call. Costs a fee. */
async function mayCall(email: string): Promise<boolean> {
  const answer = await call('POST', '/contact/check', { email, channel: 'call' });
  if (answer.status === 402) throw new Error('The wallet is empty: top it up, call nobody');
  return (json(answer) as { allowed: boolean }).allowed;
}

/** The same where the certificate is known, of the very words that were agreed to. Costs a fee. */
async function mayContact(certificateId: string): Promise<boolean> {
  const body = { certificate_id: certificateId, consent: CONSENT };
  const answer = await call('POST', '/verify/match', body);
  if (answer.status === 402) throw new Error('The wallet is empty: top it up, call nobody');
  if (answer.status === 403) {
    const { error } = JSON.parse(answer.text) as { error: string };
    if (error === 'This session has opted out') return false;
  }
  return (json(answer) as { valid: boolean }).valid;
}

async function optOut(email: string): Promise<number> {
  const body = { company_id: companyId, email, reason: 'No longer interested' };
  return (json(await call('POST', '/opt-out', body)) as { revoked: number }).revoked;
}

async function revokeAll(certificateIds: string[]): Promise<number> {
  const body = { certificate_ids: certificateIds, reason: 'Campaign over' };
  const answer = json(await call('POST', '/revocations/bulk', body));
  return (answer as { revoked: number }).revoked;
}

interface Batch {
  batch_id: string;
  state: string;
  error: string | null;
  revoked: number;
  not_found: number;
}

/**
 * Uploads a suppression file and waits until it has been carried out.
 * @throws Error when it failed or somebody cancelled it
 */
async function revokeFile(csv: string): Promise<Batch> {
  const form = new FormData();
  form.append('reason', 'Suppression list');
  form.append('file', new Blob([csv], { type: 'text/csv' }), 'suppressions.csv');
  const accepted = json(await call('POST', '/revocations/csv', form));
  const { batch_id } = accepted as { batch_id: string };
  for (;;) {
    const batch = json(await call('GET', `/revocations/batches/${batch_id}`)) as Batch;
    if (batch.state === 'completed') return batch;
    if (['failed', 'cancelled'].includes(batch.state)) {
      throw new Error(`file ${batch.state}: ${batch.error ?? ''}`);
    }
    await sleep(1_000);
  }
}

async function main(): Promise<void> {
  const people = ['ann', 'bo', 'cy', 'di'].map((name) => `${name}-${randomUUID()}@example.com`);
  const [ann = '', bo = '', cy = '', di = ''] = people;

  const certificate = await register(ann);
  console.log(`ann: ${(await mayContact(certificate)) ? 'call' : 'do not call'}`);
  console.log(`ann again: ${(await mayCall(ann)) ? 'call' : 'do not call'}`);
  console.log(`ann opted out: ${await optOut(ann)} revoked`);
  console.log(`ann: ${(await mayContact(certificate)) ? 'call' : 'do not call'}`);
  console.log(`ann again: ${(await mayCall(ann)) ? 'call' : 'do not call'}`);

  const campaign = [await register(bo), await register(cy)];
  console.log(`campaign over: ${await revokeAll(campaign)} revoked`);

  await register(di);
  const batch = await revokeFile(`email\n${di}\nnobody@example.com\n`);
  console.log(`file completed: ${batch.revoked} revoked, ${batch.not_found} not found`);
  const errors = await call('GET', `/revocations/batches/${batch.batch_id}/errors.csv`);
  if (!errors.ok) throw refusal(errors);
  console.log(errors.text.trim());
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
