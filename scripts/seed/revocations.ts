import type { Caller } from '../../src/context';
import { revocationId } from '../../src/core/idempotency/operation-ids';
import { newOptOut } from '../../src/core/revocations/new-opt-out';
import { newRevocation, type NewRevocation } from '../../src/core/revocations/new-revocation';
import { revocationEntry } from '../../src/core/revocations/revocation-entry';
import { HOUR_MS } from '../../src/lib/durations';
import { newId } from '../../src/lib/random-ids';
import type { Certificate } from '../../src/store/certificates';
import type { Calendar } from './calendar';
import type { Company } from './company';
import { createDice, oneOf } from './dice';
import { COMPANY_ID, type Past } from './past';

/** How many people were revoked one by one, by the way in which it came in. */
const SINGLE = { consumer_portal: 74, api: 33, dashboard: 21 } as const;
type Single = keyof typeof SINGLE;
/** The first ones stay as they are, for whoever tries things out. */
const LEFT_ALONE = 10;
/** Far more than it takes while a few in a hundred are revoked. */
const MAX_TRIES = 1_000;
const REMORSE_MS = 3 * HOUR_MS;
const FLAGGED_AFTER_MS = 21;
const COMPLETED_AFTER_MS = 340;
const SEED = 74_33_21;
const REFERENCE_LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const REASONS = {
  api: ['Asked for it on the phone', 'Replied STOP', 'Wrote to customer care'],
  dashboard: ['Asked for it by letter', 'Complaint', 'Wrong number'],
} as const;

/** Picks a certificate to revoke at a time, none twice. */
export type Pick = (at: Date) => Certificate;

/** Makes a way to pick one that had been there for a few hours. */
export function createPick(certificates: Certificate[]): Pick {
  const dice = createDice(SEED + 1);
  const picked = new Set<Certificate>();
  return (at) => {
    const latest = at.getTime() - REMORSE_MS;
    const younger = certificates.findIndex(({ created_at }) => created_at.getTime() > latest);
    const count = (younger < 0 ? certificates.length : younger) - LEFT_ALONE;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const certificate = certificates[LEFT_ALONE + Math.floor(dice() * count)];
      if (!certificate || picked.has(certificate)) continue;
      picked.add(certificate);
      return certificate;
    }
    throw new Error('too few certificates were there to revoke one');
  };
}

/** Revokes people one by one, on the portal, by the API and on the dashboard, through all days. */
export function makeRevocations(
  past: Past,
  { momentOf }: Calendar,
  { callCenter, admin, colleague }: Company,
  pick: Pick,
): void {
  const dice = createDice(SEED);
  const wanted = (Object.keys(SINGLE) as Single[]).flatMap((method) =>
    Array.from({ length: SINGLE[method] }, () => ({ method, at: momentOf(0.03 + 0.97 * dice()) })),
  );
  for (const { method, at } of wanted) {
    const certificate = pick(at);
    const named = { method, requested_at: at, certificate_ids: [certificate._id] };
    const request =
      method === 'consumer_portal'
        ? onPortal(past, at, dice)
        : byCompany(method === 'api' ? callCenter : oneOf([admin, admin, colleague], dice()), {
            reason: oneOf(REASONS[method], dice()),
          });
    complete(past, [certificate], { company_id: COMPANY_ID, ...named, ...request });
  }
}

function byCompany({ actor, ip }: Caller, { reason }: { reason: string }) {
  return { _id: newId('rev'), actor, ip, reason };
}

/** Under a reference number that the consumer was given. */
function onPortal(past: Past, at: Date, dice: () => number) {
  const letters = Array.from(
    { length: 12 },
    () => REFERENCE_LETTERS[Math.floor(dice() * REFERENCE_LETTERS.length)],
  );
  const reference = `RSC-${letters.join('').replace(/(.{4})(?=.)/g, '$1-')}`;
  const gpc = dice() < 0.2;
  past.portalRequests.push({
    _id: reference,
    requested_at: at,
    identifier: dice() < 0.7 ? 'email' : 'mobile',
    scope: 'all',
    company_ids: [COMPANY_ID],
    gpc,
  });
  return {
    _id: revocationId({ companyId: COMPANY_ID, operationId: reference }, 0),
    actor: { type: 'consumer', id: null } as const,
    ip: `198.51.100.${String(1 + Math.floor(dice() * 250))}`,
    reason: `Consumer portal, reference ${reference}${gpc ? ', with Global Privacy Control' : ''}`,
  };
}

/** A request that has revoked exactly these certificates, flags, audit and all. */
export function complete(past: Past, certificates: Certificate[], request: NewRevocation): void {
  const at = request.requested_at.getTime();
  const flagged = new Date(at + FLAGGED_AFTER_MS);
  const inBatch = request.batch_id !== undefined;
  const revocation = newRevocation({
    ...request,
    state: 'completed',
    flags_committed_at: flagged,
    completed_at: new Date(at + COMPLETED_AFTER_MS),
    exact: true,
    // The job of a batch writes its entries afterwards.
    ...(!inBatch && { audited: true, enqueued_at: flagged }),
  });
  for (const certificate of certificates) certificate.opt_out = newOptOut(revocation);
  past.revocations.push(revocation);
  past.audit.push(revocationEntry(revocation, 0, [...request.certificate_ids].sort()));
}
