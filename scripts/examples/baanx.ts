/**
 * The Baanx calls with nothing but fetch: record a consent set, then revoke by type, what is outdated,
 * and everything, each in a loop as Baanx documents it; at last all three in one call each.
 * Settings: BAANX_CLIENT_KEY, BAANX_SECRET_KEY and, unless the service is on this machine, RESCIND_URL.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const url = `${process.env.RESCIND_URL ?? 'http://127.0.0.1:3000'}/v2/consent`;
const MAX_TRIES = 5;
const MAX_WAIT_SECONDS = 60;

interface Consent {
  consentId: string;
  consentType: string;
  consentStatus: 'granted' | 'denied' | 'revoked';
  createdAt: string;
}

interface ConsentSet {
  consentSetId: string;
  consents: [Consent, ...Consent[]];
}

interface User {
  status: 'complete' | 'incomplete';
  consentSets: ConsentSet[];
}

interface BaanxRefusal {
  error: string;
  details: string[];
}

/** What was refused, and the status: 498 or 499 is about the keys. */
class BaanxError extends Error {
  constructor(
    readonly status: number,
    { error, details }: BaanxRefusal,
  ) {
    super(`${status} ${error}: ${details.join(', ')}`);
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
 * Idempotency-Key nothing is done twice.
 */
async function send(method: string, path: string, body?: object): Promise<Answer> {
  const request = {
    method,
    headers: {
      'x-client-key': process.env.BAANX_CLIENT_KEY ?? '',
      'x-secret-key': process.env.BAANX_SECRET_KEY ?? '',
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
 * Calls the API and returns its JSON.
 * @throws BaanxError
 */
async function call(method: string, path: string, body?: object): Promise<unknown> {
  const { status, ok, text } = await send(method, path, body);
  if (ok) return JSON.parse(text);
  throw new BaanxError(status, JSON.parse(text) as BaanxRefusal);
}

/** Records that a user agrees, and says when that was. */
async function recordConsents(userId: string): Promise<string> {
  const types = ['termsAndPrivacy', 'marketingNotifications', 'emailNotifications'];
  const consents = types.map((consentType) => ({ consentType, consentStatus: 'granted' }));
  const set = await call('POST', '/consentSet', { userId, policy: 'global', consents });
  return (set as ConsentSet).consents[0].createdAt;
}

async function getUser(userId: string): Promise<User> {
  return (await call('GET', `/user/${encodeURIComponent(userId)}`)) as User;
}

/** Revokes one consent; false: somebody else was faster, or it is not there. */
async function revokeConsent(consentSetId: string, consentId: string): Promise<boolean> {
  try {
    await call('DELETE', `/consentSet/${consentSetId}/consent/${consentId}`);
    return true;
  } catch (error) {
    if (error instanceof BaanxError && error.status === 404) return false;
    throw error;
  }
}

/** Revokes every granted consent of a user that `matches`, and says how many there were. */
async function revokeWhere(
  userId: string,
  matches: (consent: Consent) => boolean,
): Promise<number> {
  const { consentSets } = await getUser(userId);
  let revoked = 0;
  for (const { consentSetId, consents } of consentSets) {
    for (const consent of consents) {
      if (consent.consentStatus !== 'granted' || !matches(consent)) continue;
      if (await revokeConsent(consentSetId, consent.consentId)) revoked += 1;
    }
  }
  return revoked;
}

async function main(): Promise<void> {
  const userId = `user-${randomUUID()}`;
  const report = async (what: string, revoked: number) => {
    console.log(`${what}: ${revoked} revoked, ${(await getUser(userId)).status}`);
  };

  await recordConsents(userId);
  const marketing = 'marketingNotifications';
  await report('marketing', await revokeWhere(userId, (one) => one.consentType === marketing));
  // New terms from here on: what was given before them is outdated. Put in the time of your own
  // terms, with milliseconds, for times are compared as text: '2027-01-01T00:00:00.000Z'.
  const newTermsAt = await recordConsents(userId);
  await report('outdated', await revokeWhere(userId, (one) => one.createdAt < newTermsAt));
  await report('all', await revokeWhere(userId, () => true));

  await recordConsents(userId);
  const inOneCall = async (which: object) => {
    const path = `/user/${encodeURIComponent(userId)}/revocations`;
    return ((await call('POST', path, which)) as { revoked: number }).revoked;
  };
  await report('marketing in one call', await inOneCall({ consentType: marketing }));
  const createdBefore = await recordConsents(userId);
  await report('outdated in one call', await inOneCall({ createdBefore }));
  await report('all in one call', await inOneCall({ all: true }));

  const { total } = (await call('GET', `/user/${userId}/audit?limit=1`)) as { total: number };
  console.log(`${total} records in the audit`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
