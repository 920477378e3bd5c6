import type { Context } from '../context';
import type { OwnCertificate } from '../store/person-lookups';
import { namesOf, type PersonIdentifier } from './identifier';

const MAX_COUNTED = 10_000;
const MAX_LISTED = 200;

/** How many consents were given in a month. */
export interface MonthOfConsents {
  month: Date;
  count: number;
}

/** What there is to revoke, without saying with whom. */
export interface FoundConsents {
  active: number;
  revoked: number;
  /** With the company that was asked about, and with all others; newest month first. */
  named: MonthOfConsents[];
  others: MonthOfConsents[];
  /** There are more than could be counted. */
  more: boolean;
}

/** Counts what a person's identifier finds in all companies. */
export async function findConsents({
  ctx,
  identifier,
  companyId,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
  companyId: string | null;
}): Promise<FoundConsents> {
  const names = namesOf(ctx, identifier);
  const months = await ctx.store.people.countByMonth(names, companyId, MAX_COUNTED);
  const active = months.filter(({ revoked }) => !revoked);
  const sum = (counts: { count: number }[]) => counts.reduce((all, { count }) => all + count, 0);
  return {
    active: sum(active),
    revoked: sum(months) - sum(active),
    named: active.filter(({ named }) => named),
    others: active.filter(({ named }) => !named),
    more: sum(months) === MAX_COUNTED,
  };
}

/** A consent as the person who gave it may see it. */
export type OwnConsent = OwnCertificate & { companyName: string };

/** Lists the newest consents of a person who has proved who they are, with names; at most 200. */
export async function listConsents({
  ctx,
  identifier,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
}): Promise<{ consents: OwnConsent[]; more: boolean }> {
  const found = await ctx.store.people.newest(namesOf(ctx, identifier), MAX_LISTED + 1);
  const companies = await ctx.store.companies.findMany([
    ...new Set(found.map(({ company_id }) => company_id)),
  ]);
  const nameOf = new Map(companies.map(({ _id, name }) => [_id, name]));
  const consents = found.slice(0, MAX_LISTED).map((certificate) => ({
    ...certificate,
    companyName: nameOf.get(certificate.company_id) ?? certificate.company_id,
  }));
  return { consents, more: found.length > MAX_LISTED };
}
