import { toAppError } from '../../../src/http/request-errors';
import { finishConsentRevocations } from '../../../src/core/consents/finish-consent-revocations';
import { revokeConsent } from '../../../src/core/consents/revoke-consent';
import type { Context } from '../../../src/context';
import { acquireKey } from '../../../src/core/idempotency/acquire-key';
import { releaseKey } from '../../../src/core/idempotency/hold-key';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { settleRetention } from '../../../src/core/retention/settle-retention';
import { topUp } from '../../../src/core/wallet/top-up';
import type { Certificate } from '../../../src/store/certificates';
import type { Company } from '../../../src/store/companies';
import { type RetentionKind, retentionId } from '../../../src/store/retentions';
import { collections } from '../../helpers/collections';
import { CALLER, CONSENT, makeCertificate, makeCompany } from '../../helpers/company';
import { makeConsent } from '../consents/scene';
import { Crash, type LedgerProcess } from './ledger-process';

/** Prices in µUSD. */
export const PRICES = { check: 15_000, retention: 40_000, revocation: 25_000 };

/** One event. Keys, payments, sessions and consents are few, so that many events are about the same. */
export type Step =
  | { do: 'check'; key: number | null }
  | { do: 'top up'; payment: number }
  | { do: 'retain' | 'settle retention'; session: number; kind: RetentionKind }
  | { do: 'revoke'; consent: number }
  | { do: 'finish revocations'; consents: number[] };

/** A company with what there is to pay for, and what its callers know of its money. */
export interface Books {
  company: Company;
  certificateId: string;
  sessions: { certificate: Certificate; isThere: boolean }[];
  consents: string[];
  /** Of operations that pay once: whether somebody was told that it is done, or may have done it. */
  once: Map<string, 'told' | 'unknown'>;
  /** Checks without a key: how many were answered, and how many may have been charged. */
  answered: number;
  unknown: number;
  /** Keys that are or were held. */
  keys: Set<string>;
}

/** Makes a company with this much money, in µUSD. */
export async function openBooks(ctx: Context, balanceMicrousd: number): Promise<Books> {
  const made = await makeCompany(ctx, { balanceMicrousd });
  const [checked, ...kept] = await Promise.all([1, 2, 3].map(() => makeCertificate(ctx, made)));
  const consents = await Promise.all([1, 2].map(() => makeConsent(ctx, made.id)));
  const certificates = await Promise.all(
    kept.map(({ id }) => collections(ctx).certificates.findOne({ _id: id })),
  );
  return {
    company: (await ctx.store.companies.find(made.id))!,
    certificateId: checked!.id,
    sessions: certificates.map((certificate) => ({ certificate: certificate!, isThere: true })),
    consents,
    once: new Map(),
    answered: 0,
    unknown: 0,
    keys: new Set(),
  };
}

/** What a step takes from what its company can spend, at most; µUSD. */
export function costOf(step: Step): number {
  if (step.do === 'check') return PRICES.check;
  if (step.do === 'retain') return PRICES.retention;
  return step.do === 'revoke' ? PRICES.revocation : 0;
}

/** Takes a session's certificate away, so that a fee reserved for it is released, or puts it back. */
export async function toggle(ctx: Context, { sessions }: Books, which: number): Promise<void> {
  const session = sessions[which]!;
  const { certificates } = collections(ctx);
  if (session.isThere) await certificates.deleteOne({ _id: session.certificate._id });
  else await certificates.insertOne(session.certificate);
  session.isThere = !session.isThere;
}

/**
 * Does a step in a process.
 * @returns true when it was refused for money
 */
export async function take(books: Books, by: LedgerProcess, step: Step): Promise<boolean> {
  try {
    await DO[step.do](books, by, step as never);
    return false;
  } catch (error) {
    if (error instanceof Crash) return false;
    const { code } = toAppError(error);
    const expected = ['unavailable', 'insufficient_balance', 'idempotency_running'];
    // Its certificate is not there at the moment.
    if (step.do === 'retain') expected.push('session_not_found');
    if (!expected.includes(code)) throw error;
    return code === 'insufficient_balance';
  }
}

/** Does what pays once, and notes what its caller knows of it. */
async function once<T>({ once: known }: Books, name: string, work: () => Promise<T>): Promise<T> {
  if (!known.has(name)) known.set(name, 'unknown');
  const result = await work();
  known.set(name, 'told');
  return result;
}

const DO = {
  check: async (books: Books, by: LedgerProcess, { key }: { key: number | null }) => {
    const { company, certificateId } = books;
    const who = { company, caller: CALLER, election: 1 };
    const sharer = company._id;
    const call = { mode: 'match', certificateId, text: CONSENT, by: who, sharer } as const;
    if (key !== null) {
      await once(books, `check ${String(key)}`, () => checkOnce(books, by, call, key));
      return;
    }
    try {
      await by.check(call);
      books.answered += 1;
    } catch (error) {
      if (error instanceof Crash || toAppError(error).code === 'unavailable') books.unknown += 1;
      throw error;
    }
  },
  'top up': async (books: Books, { ctx }: LedgerProcess, { payment }: { payment: number }) => {
    const { _id: companyId } = books.company;
    const operationId = `${companyId}-${String(payment)}`;
    const amountMicrousd = amountOf(payment);
    await once(books, `topup:${operationId}`, () =>
      topUp({ ctx, companyId, amountMicrousd, caller: CALLER, operationId }),
    );
  },
  retain: async (books: Books, { ctx }: LedgerProcess, at: SessionStep) => {
    const { company, sessions } = books;
    const sessionId = sessions[at.session]!.certificate.session_id;
    const request = { ctx, kind: at.kind, companyId: company._id, sessionId, caller: CALLER };
    const id = retentionId(at.kind, company._id, sessionId);
    await once(books, id, () => reserveRetention(request));
  },
  'settle retention': async (books: Books, { ctx }: LedgerProcess, at: SessionStep) => {
    const { company, sessions } = books;
    const sessionId = sessions[at.session]!.certificate.session_id;
    await settleRetention({ ctx, retentionId: retentionId(at.kind, company._id, sessionId) });
  },
  revoke: async (books: Books, { ctx }: LedgerProcess, { consent }: { consent: number }) => {
    const by = { ctx, region: 'default', companyId: books.company._id, caller: CALLER } as const;
    const consentId = books.consents[consent]!;
    await once(books, `revoke ${consentId}`, () => revokeConsent({ ...by, consentId }));
  },
  'finish revocations': async (
    books: Books,
    { ctx }: LedgerProcess,
    { consents }: { consents: number[] },
  ) => {
    const named = { consent_ids: { $in: consents.map((one) => books.consents[one]!) } };
    const found = await collections(ctx).consentRevocations.find(named).toArray();
    const revocationIds = ['crv_none', ...found.map(({ _id }) => _id)];
    await finishConsentRevocations({ ctx, region: 'default', revocationIds });
  },
} satisfies Record<Step['do'], unknown>;

interface SessionStep {
  session: number;
  kind: RetentionKind;
}

/** What a payment comes to: never a whole number of checks. */
export function amountOf(payment: number): number {
  return (2 * payment + 3) * PRICES.check - 1;
}

async function checkOnce(
  { company, keys }: Books,
  { ctx, check }: LedgerProcess,
  call: Parameters<LedgerProcess['check']>[0],
  key: number,
): Promise<void> {
  const request = call.certificateId;
  const acquired = await acquireKey({ ctx, scope: company._id, key: String(key), request });
  if ('replay' in acquired) {
    await check({ ...call, replay: acquired.replay });
    return;
  }
  const { heldKey } = acquired;
  keys.add(heldKey.id);
  try {
    await check({ ...call, heldKey });
  } catch (error) {
    // Nobody gives back the keys of a process that died: their leases run out.
    if (!(error instanceof Crash)) await releaseKey({ ctx, heldKey, error });
    throw error;
  }
}
