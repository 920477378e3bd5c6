import type { Router } from 'express';
import { z } from 'zod';
import { listConsentEvents } from '../../consents/list-consent-events';
import type { Context } from '../../context';
import { paging } from '../fields';
import { consentParams, mountAttestr, requestOf } from './attestr-route';
import { eventView } from './views';

const query = z.object({ ...paging });

/** `GET /consent/:_id/audit`, as JSON in pages or as CSV at once. */
export function mountAudit(router: Router, ctx: Context): void {
  mountAttestr(router, ctx, {
    method: 'get',
    path: '/consent/:_id/audit',
    params: consentParams,
    query,
    handle: async ({ params, query: asked, principal }) => {
      const consent = { ...requestOf(ctx, principal), consentId: params._id };
      const { items, next_cursor } = await listConsentEvents({ ...consent, ...asked });
      return { status: 200, body: { _id: params._id, events: items.map(eventView), next_cursor } };
    },
  });
}
