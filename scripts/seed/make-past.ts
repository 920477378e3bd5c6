import type { Context } from '../../src/context';
import { makeActivity } from './activity';
import { makeBatches } from './batches';
import { createCalendar } from './calendar';
import { makeCertificates } from './certificates';
import { makeCompany } from './company';
import { makeLedger } from './ledger';
import { newPast, type Past } from './past';
import { makeRetentions } from './retentions';
import { createPick, makeRevocations } from './revocations';
import { makeStatements } from './statements';

/**
 * Makes up the demo company and what has happened there in ninety days: the documents that the verbs would
 * have written, each at its own time. But for random ids they are the same whenever they are made.
 * @param password of its people
 */
export async function makePast({
  ctx,
  password,
}: {
  ctx: Context;
  password: string;
}): Promise<Past> {
  const past = newPast();
  const calendar = createCalendar(ctx.now());
  const company = await makeCompany(ctx, past, calendar, password);
  const certificates = makeCertificates(ctx, past, calendar, company);
  const pick = createPick(certificates);
  makeRevocations(past, calendar, company, pick);
  await makeBatches(ctx, past, calendar, company, pick);
  // After the revocations, as nothing is paid for what was revoked.
  const retentions = makeRetentions(ctx, past, company);
  makeLedger(ctx, past, calendar, company, retentions);
  makeStatements(past, calendar);
  makeActivity(past, calendar);
  noteLastUses(past);
  return past;
}

/** When each token was last used for what the audit and the ledger have of it. */
function noteLastUses(past: Past): void {
  const uses = [
    ...past.audit.map(({ actor, at }) => ({ actor, at })),
    ...past.ledgerPages.flatMap(({ lines, at }) => lines.map(({ actor }) => ({ actor, at }))),
  ];
  for (const token of past.tokens) {
    const own = uses.filter(({ actor }) => actor.type === 'token' && actor.id === token._id);
    const last = own.reduce((latest, { at }) => Math.max(latest, at.getTime()), 0);
    if (last > 0) token.last_used_at = new Date(last);
  }
}
