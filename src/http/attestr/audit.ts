import { stringify } from 'csv-stringify/sync';
import type { Request, Router } from 'express';
import { z } from 'zod';
import { listConsentEvents } from '../../core/consents/list-consent-events';
import type { ConsentRequest } from '../../core/consents/register-consent';
import type { Context } from '../../context';
import { inert } from '../../lib/csv-cells';
import { type Answer, csvFile } from '../answer';
import { paging } from '../fields';
import { attestrAudit } from './answers';
import { consentParams, mountAttestr, requestOf } from './attestr-route';
import { EVENT_FIELDS, eventView } from './views';

const EXPORT_PAGE = 200;

const query = z.object({ ...paging, format: z.enum(['json', 'csv']).optional() });

type Consent = ConsentRequest & { consentId: string };
type EventPage = Awaited<ReturnType<typeof listConsentEvents>>;

/** `GET /consent/:_id/audit`: as JSON in pages, or all of it as CSV. */
export function mountAudit(router: Router, ctx: Context): void {
  mountAttestr(router, ctx, {
    method: 'get',
    path: '/consent/:_id/audit',
    operation: {
      id: 'attestrListEvents',
      summary: 'What happened to a consent, as JSON or CSV',
      description:
        'Registration, changes, revocation and clean-up, newest first. `format=csv`, or `Accept: text/csv`, gets all of it as a file; JSON comes in pages.',
      refusals: {
        403: "Code 4031: no such consent, or another company's.",
      },
      answers: { 200: { 'application/json': attestrAudit, 'text/csv': z.string() } },
    },
    params: consentParams,
    query,
    handle: async ({ params, query: { format, ...page }, principal, request }) => {
      const consent = { ...requestOf(ctx, principal), consentId: params._id };
      if (wantsCsv(request, format)) return csvAnswer(consent);
      const { items, next_cursor } = await listConsentEvents({ ...consent, ...page });
      return { status: 200, body: { _id: params._id, events: items.map(eventView), next_cursor } };
    },
  });
}

function wantsCsv(request: Request, format: 'json' | 'csv' | undefined): boolean {
  return (format ?? request.accepts('json', 'csv')) === 'csv';
}

async function csvAnswer(consent: Consent): Promise<Answer> {
  // Read before the answer begins, so that a refusal still gets its own status.
  const first = await listConsentEvents({ ...consent, limit: EXPORT_PAGE });
  return csvFile({ name: 'consent-audit.csv', stream: () => lines(consent, first) });
}

async function* lines(consent: Consent, first: EventPage): AsyncGenerator<string, void> {
  yield stringify([[...EVENT_FIELDS]]);
  for (let page = first; ;) {
    yield stringify(page.items.map(eventView).map(cells));
    const { next_cursor: cursor } = page;
    if (cursor === null) return;
    page = await listConsentEvents({ ...consent, limit: EXPORT_PAGE, cursor });
  }
}

function cells(event: ReturnType<typeof eventView>): string[] {
  return EVENT_FIELDS.map((field) => inert(event[field] ?? ''));
}
