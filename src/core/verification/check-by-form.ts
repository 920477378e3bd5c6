import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { derivedId } from '../../lib/derived-ids';
import { pause } from '../../lib/pause';
import type { AskedContact, ContactAnswer } from '../contacts/contact';
import { acquireKey } from '../idempotency/acquire-key';
import { whileHeld } from '../idempotency/hold-key';
import type { AskedContactCheck } from './arrived-check';
import type { Check } from './check';

const EVERY_MS = 150;
/** Longer than a check may take, so that whoever waits gets the first one's answer. */
const PATIENCE_MS = 6_000;

/** A contact check that was asked for by a form. */
interface FormCheck {
  ctx: Context;
  check: Check;
  companyId: string;
  caller: Caller;
  contact: AskedContact;
  /** Names the form that was sent: sent twice with the same contents, it is charged once. */
  operationId: string;
}

/**
 * Checks a contact for somebody at the dashboard. The same form sent again is answered as under an
 * Idempotency-Key: free, and for as long. One that is sent again meanwhile waits for the first, as of
 * a double click browsers show the second answer.
 * @throws AppError insufficient_balance, unavailable
 */
export async function checkByForm(asked: FormCheck): Promise<ContactAnswer> {
  const { ctx, check, companyId, caller, contact, operationId } = asked;
  const election = ctx.store.election();
  const company = await ctx.store.companies.find(companyId);
  if (!company) throw new AppError('company_not_found');
  const call: AskedContactCheck = {
    mode: 'contact',
    contact,
    by: { company, caller, election },
    sharer: companyId,
  };
  const { identifiers, channel, consentType, term } = contact;
  const whom = identifiers.map(({ kind, sha256 }) => [kind, sha256]);
  const contents = [whom, channel ?? null, consentType ?? null, term ?? null];
  // With other contents it is another operation.
  const key = derivedId('frm', [operationId, contents]);
  const acquired = await acquireInTurn(ctx, `${companyId} contact form`, key, contents);
  if ('replay' in acquired) return (await check({ ...call, replay: acquired.replay })).answer;
  const { heldKey } = acquired;
  const work = () => check({ ...call, heldKey });
  return (await whileHeld({ ctx, heldKey, work })).answer;
}

async function acquireInTurn(ctx: Context, scope: string, key: string, request: unknown) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    try {
      return await acquireKey({ ctx, scope, key, request });
    } catch (error) {
      const isRunning = error instanceof AppError && error.code === 'idempotency_running';
      if (!isRunning || patience.aborted) throw error;
      await pause(EVERY_MS, patience);
    }
  }
}
