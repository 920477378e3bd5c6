import type { Context } from '../../context';
import { LANES } from '../../store/ledger-pages';
import type { CompanyView } from '../companies/company-view';

export const SET_UP_STEPS = ['property', 'person', 'token', 'keyPair', 'money'] as const;
export type SetUpStep = (typeof SET_UP_STEPS)[number];

/** What the operator has to do for a new company, in this order. */
export interface SetUp {
  /** `optional`: only some of its services need it. */
  steps: { step: SetUpStep; done: boolean; optional: boolean }[];
  /** The first that is needed and not done. */
  next: SetUpStep;
}

/**
 * What a company lacks before it can work, by the services that it has.
 * @returns null when nothing that it needs is missing
 */
export async function setUpSteps({
  ctx,
  company: { company_id: companyId, services },
}: {
  ctx: Context;
  company: CompanyView;
}): Promise<SetUp | null> {
  const { accounts, credentials, invitations } = ctx.store;
  const [properties, users, links, tokens, apiKeys, money] = await Promise.all([
    credentials.listProperties(companyId),
    accounts.listUsers(companyId),
    invitations.list(companyId, ctx.now()),
    credentials.listTokens(companyId),
    credentials.listApiKeys(companyId),
    hasEverHadMoney(ctx, companyId),
  ]);
  const done: Record<SetUpStep, boolean> = {
    property: properties.length > 0,
    person: users.length + links.length > 0,
    token: tokens.length > 0,
    keyPair: apiKeys.length > 0,
    money,
  };
  const hasEconsent = services.includes('econsent');
  const byKeyPair = services.some((service) => service !== 'econsent');
  const isShown = (step: SetUpStep): boolean => {
    if (step === 'keyPair') return byKeyPair;
    return hasEconsent || step === 'person' || step === 'money';
  };
  const steps = SET_UP_STEPS.filter(isShown).map((step) => ({
    step,
    done: done[step],
    optional: step === 'keyPair' && hasEconsent,
  }));
  const next = steps.find((one) => !one.done && !one.optional)?.step;
  return next === undefined ? null : { steps, next };
}

/** An empty wallet is one page; whatever moves money adds another. */
async function hasEverHadMoney(ctx: Context, companyId: string): Promise<boolean> {
  const heads = await ctx.store.snapshot((session) =>
    ctx.store.ledgerPages.heads([companyId], LANES, session),
  );
  const found = heads.get(companyId) ?? [];
  return found.some(({ lane, sequence, balance_microusd }) => {
    return lane > 0 || sequence > 0 || balance_microusd > 0;
  });
}
