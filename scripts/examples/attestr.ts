/**
 * The Attestr calls with nothing but fetch: register a consent, look at it before every use, narrow it,
 * revoke it when the person opts out, and read its audit trail.
 * Settings: ATTESTR_AUTH_TOKEN, which is base64 of `client_key:secret_key`, and, unless the service is
 * on this machine, RESCIND_URL.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const url = `${process.env.RESCIND_URL ?? 'http://127.0.0.1:3000'}/api/v3/public`;
const authToken = process.env.ATTESTR_AUTH_TOKEN;

const MAX_TRIES = 5;
const MAX_WAIT_SECONDS = 60;

/** An error of the dialect; its code tells what is wrong, for example 4005: low credits. */
class AttestrError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(`${code} ${message}`);
  }
}

/** An answer that has come in whole. */
interface Answer {
  status: number;
  ok: boolean;
  text: string;
}

/**
 * Sends a request. After a lost connection, a 409, 429 or 503 it tries again: under the same
 * Idempotency-Key nothing is registered or charged twice.
 */
async function send(method: string, path: string, body?: object): Promise<Answer> {
  const request = {
    method,
    headers: {
      Authorization: `Basic ${authToken ?? ''}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    },
    ...(body && { body: JSON.stringify(body) }),
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

/**
 * Calls the API and returns the text of its answer.
 * @throws AttestrError
 */
async function call(method: string, path: string, body?: object): Promise<string> {
  const { ok, text } = await send(method, path, body);
  if (ok) return text;
  const { code, message } = JSON.parse(text) as { code: number; message: string };
  throw new AttestrError(code, message);
}

interface Consent {
  _id: string;
  status: 'active' | 'revoked';
  purposes: string[];
}

async function register(email: string, purposes: string[]): Promise<string> {
  const text = 'I agree that Example Corp checks my identity and my credit.';
  const answer = await call('POST', '/consent', { subject: { email }, purposes, text });
  return (JSON.parse(answer) as Consent)._id;
}

/** Whether a consent covers a purpose now; to be asked before every use. */
async function mayUse(id: string, purpose: string): Promise<boolean> {
  const consent = JSON.parse(await call('GET', `/consent/${id}`)) as Consent;
  return consent.status === 'active' && consent.purposes.includes(purpose);
}

async function main(): Promise<void> {
  if (!authToken) throw new Error('ATTESTR_AUTH_TOKEN is not set');
  const id = await register(`ann-${randomUUID()}@example.com`, ['kyc', 'credit-check']);
  console.log(`credit-check: ${(await mayUse(id, 'credit-check')) ? 'go on' : 'stop'}`);

  await call('PATCH', `/consent/${id}`, { purposes: ['kyc'] });
  console.log(`credit-check: ${(await mayUse(id, 'credit-check')) ? 'go on' : 'stop'}`);
  console.log(`kyc: ${(await mayUse(id, 'kyc')) ? 'go on' : 'stop'}`);

  await call('POST', `/consent/${id}/revoke`, { reason: 'No longer interested' });
  console.log(`kyc: ${(await mayUse(id, 'kyc')) ? 'go on' : 'stop'}`);

  try {
    await call('PATCH', `/consent/${id}`, { purposes: ['kyc'] });
  } catch (error) {
    if (!(error instanceof AttestrError) || error.code !== 4031) throw error;
    console.log(`a change after that: ${error.message}`);
  }

  const csv = await call('GET', `/consent/${id}/audit?format=csv`);
  const [, ...events] = csv.trim().split('\n');
  console.log(events.map((event) => event.split(',')[2]).join('\n'));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
