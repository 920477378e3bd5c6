import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { CHANNELS, REVOCATION_METHODS } from '../../core/certificates/certificate-view';
import { listSuppressions } from '../../core/suppressions/list-suppressions';
import { byBearer, type Gate } from '../authenticate-request';
import { paging, typedFilter } from '../fields';
import { mount } from '../route';
import { PREFIXES } from './prefixes';

const suppression = z
  .object({
    channels: z.array(z.enum(CHANNELS)),
    at: z.iso.datetime().meta({ description: 'When the newest request came.' }),
    method: z.enum(REVOCATION_METHODS),
    revocation_id: z.string().nullable(),
  })
  .meta({ id: 'Suppression' });
const suppressionPage = z
  .object({ suppressions: z.array(suppression), next_cursor: z.string().nullable() })
  .meta({ id: 'SuppressionPage' });

/** What a company's own requests had remembered. */
export function mountSuppressions(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/suppressions',
    operation: {
      id: 'listSuppressions',
      scope: 'contact',
      summary: 'Opt-outs that are remembered',
      description:
        'What opt-outs at your company, by whatever entrance, had remembered: consent that is no newer is revoked from birth. Ask for one person, by one of `email`, `mobile` (add the `+` as `%2B`), `email_sha256` and `mobile_sha256` (hex or base64, of the normalised email or the E.164 number), and get one item or none; or leave all out for everybody, in no particular order, and send `next_cursor` as `cursor` for the next page. No item says whose it is, and nothing is ever removed.',
      answers: { 200: suppressionPage },
    },
    query: z.object({
      ...paging,
      email: typedFilter,
      mobile: typedFilter,
      email_sha256: typedFilter,
      mobile_sha256: typedFilter,
    }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listSuppressions({ ctx, companyId: principal.company._id, query }),
    }),
  });
}
