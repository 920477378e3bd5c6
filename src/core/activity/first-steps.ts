import type { Context } from '../../context';
import type { Certificate } from '../../store/certificates';
import type { MatchMode } from '../certificates/find-consent';
import { requireCompany } from '../companies/require-company';
import { openDays } from '../wallet/open-days';
import { startOfNextDay } from '../wallet/utc-day';
import { CHECK_KINDS, isCheck } from './check-kinds';

export const FIRST_STEPS = ['property', 'token', 'certificate', 'check', 'link'] as const;
export type FirstStep = (typeof FIRST_STEPS)[number];

/** What a call to try would name: real ids, so that it works as it is. */
export interface FirstCalls {
  /** The company's newest property; its id is a password, which only admins may be shown. */
  property: { id: string; domain: string } | null;
  /** The newest certificate that is not revoked, and a check of it that finds its consent. */
  check: { certificateId: string; mode: MatchMode; text: string } | null;
}

/** What a new company has to do, in this order. */
export interface FirstSteps extends FirstCalls {
  steps: { step: FirstStep; done: boolean }[];
}

/** A longer consent is asked for by its beginning. */
const MAX_TEXT = 300;
const TERM_CHARACTERS = 60;

/**
 * The steps of a company to its first check and to the link on its site, each ticked as it happens.
 * @returns null once all of them have been done, whatever has become of what they made
 * @throws AppError company_not_found
 */
export async function firstSteps({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<FirstSteps | null> {
  const { first_steps: noted } = await requireCompany({ ctx, companyId });
  if (noted?.done_at) return null;
  const { certificates, credentials } = ctx.store;
  const [properties, tokens, registered, active, hasChecked, hasOpened] = await Promise.all([
    credentials.listProperties(companyId),
    credentials.listTokens(companyId),
    certificates.list(companyId, {}, { limit: 1 }),
    certificates.list(companyId, { revoked: false }, { limit: 1 }),
    hasEverChecked(ctx, companyId),
    ctx.store.activityDays.hasOpenedLink(companyId),
  ]);
  const done: Record<FirstStep, boolean> = {
    property: properties.length > 0,
    token: tokens.length > 0,
    certificate: registered.items.length > 0,
    check: hasChecked,
    link: hasOpened || noted?.linked_at !== undefined,
  };
  const steps = FIRST_STEPS.map((step) => ({ step, done: done[step] }));
  if (steps.every((one) => one.done)) {
    await ctx.store.companies.noteFirstStep(companyId, 'done_at', ctx.now());
    return null;
  }
  const newest = properties.at(-1);
  const property = newest ? { id: newest.property_id, domain: newest.domain } : null;
  return { steps, property, check: checkOf(active.items[0]) };
}

/** Somebody of the company says that its site has the link; that this was asked for is not audited. */
export async function markLinked({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<void> {
  await ctx.store.companies.noteFirstStep(companyId, 'linked_at', ctx.now());
}

/** Answered or refused: the company's first call has arrived. */
async function hasEverChecked(ctx: Context, companyId: string): Promise<boolean> {
  const { activityDays, statements } = ctx.store;
  const [isStated, latest, isRefused] = await Promise.all([
    statements.hasAny(companyId, CHECK_KINDS),
    statements.latest(companyId),
    activityDays.hasRefused(companyId),
  ]);
  if (isStated || isRefused) return true;
  const from = latest ? startOfNextDay(latest.day) : new Date(0);
  const open = await openDays({ ctx, companyId, from });
  // Nothing but checks is too much to add up.
  return open === null || open.some(({ kind }) => isCheck(kind));
}

function checkOf(certificate: Certificate | undefined): FirstCalls['check'] {
  const consent = certificate?.consents[0];
  if (!certificate || !consent) return null;
  const { text } = consent;
  const certificateId = certificate._id;
  if (text.length <= MAX_TEXT) return { certificateId, mode: 'match', text };
  return { certificateId, mode: 'partial-match', text: text.slice(0, TERM_CHARACTERS).trim() };
}
