import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { CHANNELS, REVOCATION_METHODS } from '../../core/certificates/certificate-view';
import { pollFeed } from '../../core/revocations/poll-feed';
import { byBearer, type Gate } from '../authenticate-request';
import { paging, time } from '../fields';
import { REGION_HEADER, regionOf } from '../region';
import { mount } from '../route';
import { at } from './answers';
import { PREFIXES } from './prefixes';

const feedItem = z
  .object({
    revocation_id: z.string(),
    batch_id: z.string().nullable(),
    method: z.enum(REVOCATION_METHODS),
    channels: z.array(z.enum(CHANNELS)).meta({
      description: 'What was opted out of; all three: it is revoked.',
    }),
    certificate_ids: z.array(z.string()),
    consent_ids: z.array(z.string()).meta({ description: 'Of the Attestr and Baanx dialects.' }),
    revoked_at: at.meta({ description: 'When it was asked for, as the certificates tell it.' }),
    flags_committed_at: at.meta({
      description: 'From when on every check said no; what `since` goes by.',
    }),
  })
  .meta({ id: 'FeedItem' });
const feedPage = z
  .object({
    revocations: z.array(feedItem),
    next_cursor: z.string().meta({
      description: 'Keep it, and send it as `cursor` with the next poll; it is always there.',
    }),
    has_more: z.boolean().meta({ description: 'Whether to poll again at once.' }),
  })
  .meta({ id: 'FeedPage' });

/** The feed of what a company's requests have revoked. */
export function mountFeed(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/revocations',
    operation: {
      id: 'pollRevocations',
      scope: 'revoke',
      summary: 'Every revocation, for those who poll',
      description: [
        'Every request that revoked certificates or Attestr or Baanx consents of your company, or opted out of channels, by whatever entrance and of any age, with the ids of what it revoked: none is skipped and none comes twice, whatever is committed meanwhile. A file, and a list of several thousand, comes in several parts.',
        'How to poll: the first time without `cursor`, for everything, or with `since` for those whose flags were set at that time or later; take it a minute earlier than what you know already, as clocks differ. Carry out the page, then store its `next_cursor`, and send that as `cursor` from then on, at once while `has_more` is true, else every few seconds. A cursor never expires; with it comes its `since`, so that only one of the two may be given. Whoever dies between two steps gets the same page again, so carrying it out twice must do no harm. After the service has been restored from a backup some revocations come again.',
        'The order is that of the cursor, not of time. A page ends early, after 10,000 ids, and may be empty though `has_more` is true. A certificate that was removed since is named by what took the place of its id. `x-us-env: true` is for consents in the US region, whose feed is its own.',
      ].join('\n\n'),
      answers: { 200: feedPage },
      takesHeaders: REGION_HEADER,
    },
    query: z.object({ since: time.optional(), ...paging }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal, request }) => ({
      status: 200,
      body: await pollFeed({
        ctx,
        companyId: principal.company._id,
        region: regionOf(request),
        query,
      }),
    }),
  });
}
