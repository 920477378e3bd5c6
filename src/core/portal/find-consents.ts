import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { MonthCount } from '../../store/person-lookups';
import { asStored, namesOf, type PersonIdentifier } from './identifier';

const MAX_COUNTED = 10_000;
const MAX_LISTED = 200;

/** How many consents were given in a month. */
export interface MonthOfConsents {
  month: Date;
  count: number;
}

/** What there is to revoke, without saying which companies have it. */
export interface FoundConsents {
  active: number;
  revoked: number;
  /** At the company that was asked about, and at all others; newest month first. */
  named: MonthOfConsents[];
  others: MonthOfConsents[];
  /** There are more than were counted. */
  more: boolean;
}

/** Counts what a person's identifier finds at all companies: certificates and Attestr consents. */
export async function findConsents({
  ctx,
  identifier,
  companyId,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
  companyId: string | null;
}): Promise<FoundConsents> {
  const names = namesOf({ ctx, identifier: await asStored({ ctx, identifier }) });
  const kinds = await Promise.all([
    ctx.store.people.countByMonth(names, companyId, MAX_COUNTED),
    ctx.store.personConsents.countByMonth(names, companyId, MAX_COUNTED),
  ]);
  const counts = kinds.flat();
  const active = counts.filter(({ revoked }) => !revoked);
  return {
    active: sum(active),
    revoked: sum(counts) - sum(active),
    named: byMonth(active.filter(({ named }) => named)),
    others: byMonth(active.filter(({ named }) => !named)),
    more: kinds.some((kind) => sum(kind) === MAX_COUNTED),
  };
}

function sum(counts: { count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}

function byMonth(counts: MonthCount[]): MonthOfConsents[] {
  const months = new Map<number, number>();
  for (const { month, count } of counts) {
    months.set(month.getTime(), (months.get(month.getTime()) ?? 0) + count);
  }
  return [...months]
    .sort(([a], [b]) => b - a)
    .map(([month, count]) => ({ month: new Date(month), count }));
}

/** A consent as the person who gave it may see it. */
export interface OwnConsent {
  id: string;
  company_id: string;
  company_name: string;
  given_at: Date;
  /** The page where it was given, or what it is for. */
  about: string;
  /** What was agreed to. */
  texts: string[];
}

/** Lists the newest consents, at most 200, of a person who has proved their identity. */
export async function listConsents({
  ctx,
  identifier,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
}): Promise<{ consents: OwnConsent[]; more: boolean }> {
  const found = await newest(ctx, identifier, MAX_LISTED + 1);
  const companyIds = distinct(found.map(({ company_id }) => company_id));
  const companies = await ctx.store.companies.findMany(companyIds);
  const nameOf = new Map(companies.map(({ _id, name }) => [_id, name]));
  const consents = found.slice(0, MAX_LISTED).map((consent) => ({
    ...consent,
    company_name: nameOf.get(consent.company_id) ?? consent.company_id,
  }));
  return { consents, more: found.length > MAX_LISTED };
}

/** Whether a person has any consent that is not revoked. */
export async function hasConsents({
  ctx,
  identifier,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
}): Promise<boolean> {
  return (await newest(ctx, identifier, 1)).length > 0;
}

/** The newest of both kinds, certificates and consents, that are not revoked. */
async function newest(
  ctx: Context,
  identifier: PersonIdentifier,
  limit: number,
): Promise<Omit<OwnConsent, 'company_name'>[]> {
  const names = namesOf({ ctx, identifier: await asStored({ ctx, identifier }) });
  const [certificates, consents] = await Promise.all([
    ctx.store.people.newest(names, limit),
    ctx.store.personConsents.newest(names, limit),
  ]);
  const all = [
    ...certificates.map(({ _id, company_id, given_at, origin, texts }) => {
      return { id: _id, company_id, given_at, about: origin, texts };
    }),
    ...consents.map(({ consent_id, company_id, given_at, terms }) => {
      const about = terms?.purposes.join(', ') ?? '';
      return { id: consent_id, company_id, given_at, about, texts: terms ? [terms.text] : [] };
    }),
  ];
  return all.sort((a, b) => b.given_at.getTime() - a.given_at.getTime()).slice(0, limit);
}
