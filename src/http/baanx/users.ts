import type { Router } from 'express';
import { z } from 'zod';
import { getUserConsents } from '../../core/consents/get-user-consents';
import { listUserHistory } from '../../core/consents/list-user-history';
import { revokeUserConsents } from '../../core/consents/revoke-user-consents';
import type { Context } from '../../context';
import { id, reason } from '../fields';
import { userAudit, userConsents, userRevocation } from './answers';
import { mountBaanx } from './baanx-route';
import { notFound } from './errors';
import {
  auditLink,
  historyView,
  REVOCATION_HEADER,
  revocationHeader,
  revokedView,
  setView,
} from './views';

const MAX_PAGE = 1_000;
const MAX_OFFSET = 1_000_000;

const userParams = z.object({ userId: z.string() });

const page = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  offset: z.coerce.number().int().min(0).max(MAX_OFFSET).default(0),
});

/** A date alone means the start of that day, in UTC. */
const cutoff = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((value) => new Date(value));

const which = z
  .object({
    consentType: id.optional(),
    all: z.literal(true).optional(),
    createdBefore: cutoff.optional(),
    reason,
  })
  .refine(
    ({ consentType, all, createdBefore }) =>
      [consentType, all, createdBefore].filter((value) => value !== undefined).length === 1,
    'must have exactly one of consentType, all and createdBefore',
  );

/** What a user has consented to, across all sets. */
export function mountUsers(router: Router, ctx: Context): void {
  mountBaanx(router, ctx, {
    method: 'get',
    path: '/user/:userId',
    operation: {
      id: 'baanxGetUser',
      summary: 'All consents of a user',
      description:
        'Every consent set of a user with the status of each consent, and whether the user has given all that is required.',
      answers: { 200: userConsents },
    },
    params: userParams,
    query: z.object({
      // What the source document's own client sends.
      includeConsents: z.enum(['true', 'false']).optional().describe('They always are included.'),
    }),
    handle: async ({ params: { userId }, consents }) => {
      const found = await getUserConsents({ ...consents, userId }).catch(unknownUser(userId));
      const consentSets = found.sets.map(setView);
      return { status: 200, body: { userId, status: found.status, consentSets } };
    },
  });
  mountBaanx(router, ctx, {
    method: 'get',
    path: '/user/:userId/audit',
    operation: {
      id: 'baanxListHistory',
      summary: 'The history of a user, newest first',
      description:
        'Every consent as it was given, and every revocation with who, when and why. In pages by `limit` and `offset`; `total` says how many entries there are.',
      answers: { 200: userAudit },
    },
    params: userParams,
    query: page,
    handle: async ({ params: { userId }, query, consents }) => {
      const { total, records } = await listUserHistory({ ...consents, userId, ...query }).catch(
        unknownUser(userId),
      );
      return { status: 200, body: { userId, total, ...query, entries: records.map(historyView) } };
    },
  });
  mountBaanx(router, ctx, {
    method: 'post',
    path: '/user/:userId/revocations',
    operation: {
      id: 'baanxRevokeUserConsents',
      summary: 'Revoke the consents of a user: by type, by age, or all',
      description:
        'One call instead of a loop: `consentType` for one kind, `createdBefore` for what was given before a time, `all` for everything. Answers with what was revoked; what was not granted is left alone.',
      answers: { 200: userRevocation },
      headers: REVOCATION_HEADER,
    },
    params: userParams,
    body: which,
    handle: async ({ params: { userId }, body, consents, operationId, request }) => {
      const { records, revocationIds, timestamp, impact } = await revokeUserConsents({
        ...consents,
        userId,
        which: { type: body.consentType, givenBefore: body.createdBefore },
        reason: body.reason,
        operationId,
      }).catch(unknownUser(userId));
      const revoked = records.map((record) => ({
        ...revokedView(record),
        originalConsentId: record.consent_id,
      }));
      const done = { userId, revoked: revoked.length, consents: revoked };
      const revocationTimestamp = timestamp.toISOString();
      const _links = { audit: auditLink(ctx, request, userId) };
      return {
        status: 200,
        headers: revocationHeader(revocationIds),
        body: { ...done, revocationTimestamp, impact, _links },
      };
    },
  });
}

function unknownUser(userId: string) {
  return notFound('consent_user_not_found', `User with ID '${userId}' not found`);
}
