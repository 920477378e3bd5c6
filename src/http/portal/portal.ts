import type { Request } from 'express';
import type { Context } from '../../context';
import type { CountEntrance } from '../../core/limits/count-entrance';
import { type CompanyName, findCompanyName } from '../../core/companies/find-company-name';
import { languagesOf } from '../pages/language';
import type { Page, PageCall } from '../pages/page-router';
import type { PortalLimits } from './limits';

/** What the steps of the portal work with. */
export interface Portal {
  ctx: Context;
  limits: PortalLimits;
  countEntrance: CountEntrance;
}

/** The company that a link names; null when there is none, which visitors are not told. */
export async function companyNamed(ctx: Context, id: string | null): Promise<CompanyName | null> {
  return id ? findCompanyName({ ctx, companyId: id }) : null;
}

/** Whether the browser sends Sec-GPC: recorded with the request, and the page preselects "all". */
export function sendsGpc(request: Request): boolean {
  return request.get('sec-gpc') === '1';
}

/** The first page: one field, what was typed into it and what is wrong with that. */
export function findPage(
  { request, t, tag }: PageCall,
  company: CompanyName | null,
  show: {
    status?: number;
    typed?: string;
    error?: string;
    notice?: { heading: string; paragraphs: string[] };
    /** The token of a form that has the visitor's choice remembered. */
    remember?: string | undefined;
  } = {},
): Page {
  const heading = show.notice?.heading ?? t.portal.steps.find;
  return {
    status: show.status ?? 200,
    template: 'portal/find',
    title: heading,
    data: {
      heading,
      paragraphs: show.notice?.paragraphs ?? [t.portal.steps.findText],
      later: show.notice !== undefined,
      company,
      gpc: sendsGpc(request),
      languages: firstPages(tag, company),
      typed: show.typed ?? '',
      error: show.error ?? null,
      remember: show.remember ?? null,
    },
  };
}

/** The first page in every other language. */
function firstPages(tag: string, company: CompanyName | null) {
  return inOtherLanguages(tag, '/opt-out', company ? { company: company.company_id } : {});
}

/** A page that was opened by its address, in every other language. */
export function samePages({ request, tag }: PageCall) {
  return inOtherLanguages(tag, `${request.baseUrl}${request.path}`, {});
}

function inOtherLanguages(tag: string, path: string, query: Record<string, string>) {
  return languagesOf('portal')
    .filter((language) => language.tag !== tag)
    .map((language) => {
      const asked = new URLSearchParams({ ...query, lang: language.tag });
      return { ...language, path: `${path}?${asked.toString()}` };
    });
}
