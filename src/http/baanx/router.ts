import { Router } from 'express';
import { z } from 'zod';
import { createConsentSet } from '../../core/consents/create-consent-set';
import { getConsentSet } from '../../core/consents/get-consent-set';
import { revokeSetConsent } from '../../core/consents/revoke-set-consent';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Gate } from '../authenticate-request';
import { id } from '../fields';
import { declaredOn } from '../operation';
import { refuseOtherMethods } from '../other-methods';
import { consentSet, revokedConsent } from './answers';
import { keyAuthentication, mountBaanx } from './baanx-route';
import { baanxErrors, BaanxRefusal, notFound } from './errors';
import { mountUsers } from './users';
import { links, REVOCATION_HEADER, revocationHeader, revokedView, setView } from './views';

const MAX_CONSENTS = 50;

const consent = z.object({
  consentType: id,
  consentStatus: z.enum(['granted', 'denied', 'revoked']),
});

const newSet = z.object({
  userId: id,
  policy: z.enum(['global', 'US']),
  consents: z
    .array(consent)
    .min(1)
    .max(MAX_CONSENTS)
    .refine(
      (given) => new Set(given.map(({ consentType }) => consentType)).size === given.length,
      'must not name a consentType twice',
    ),
});

// Any text: a malformed id gets a 404 like an unknown one.
const setParams = z.object({ consentSetId: z.string() });
const consentParams = setParams.extend({ consentId: z.string() });

/** The Baanx dialect, for use under its prefix; it answers its own errors. */
export function baanxRouter(ctx: Context, gate: Gate): Router {
  const router = Router();
  router.use(keyAuthentication(gate));
  mountSets(router, ctx);
  mountUsers(router, ctx);
  router.use(refuseOtherMethods(declaredOn(router), ['']));
  router.use(() => {
    throw new BaanxRefusal('not_found', 'There is no such endpoint');
  });
  router.use(baanxErrors(ctx.log));
  return router;
}

function mountSets(router: Router, ctx: Context): void {
  mountBaanx(router, ctx, {
    method: 'post',
    path: '/consentSet',
    operation: {
      id: 'baanxCreateConsentSet',
      summary: 'Record the consents of a user',
      description:
        "Records a user's answers of one moment. The user's newest set decides their status: `complete` once `termsAndPrivacy`, and under the policy `US` also `eSignAct`, are granted.",
      answers: { 201: consentSet },
    },
    body: newSet,
    handle: async ({ body, consents, operationId }) => {
      const given = body.consents.map(({ consentType: type, consentStatus: status }) => {
        return { type, status };
      });
      const input = { userId: body.userId, policy: body.policy, consents: given };
      const set = await createConsentSet({ ...consents, input, operationId });
      return { status: 201, body: setView(set) };
    },
  });
  mountBaanx(router, ctx, {
    method: 'get',
    path: '/consentSet/:consentSetId',
    operation: {
      id: 'baanxGetConsentSet',
      summary: 'A consent set, with the status of each consent',
      description:
        'Each consent with the status that it has now: revoking adds a record and changes none.',
      answers: { 200: consentSet },
    },
    params: setParams,
    handle: async ({ params, consents }) => {
      const { consentSetId: setId } = params;
      const set = await getConsentSet({ ...consents, setId }).catch(
        notFound('consent_set_not_found', `Consent set with ID '${setId}' not found`),
      );
      return { status: 200, body: setView(set) };
    },
  });
  mountBaanx(router, ctx, {
    method: 'delete',
    path: '/consentSet/:consentSetId/consent/:consentId',
    operation: {
      id: 'baanxRevokeConsent',
      summary: 'Revoke one consent of a set',
      description:
        "Withdraws one consent for good. `impact` says what that does to the user's status; it is null where it does nothing.",
      refusals: {
        404: 'There is no such consent in this set, or it is revoked already: of two calls at once, one gets this.',
      },
      answers: { 200: revokedConsent },
      headers: REVOCATION_HEADER,
    },
    params: consentParams,
    handle: async ({ params, consents, operationId, request }) => {
      const { consentSetId: setId, consentId } = params;
      const { records, revocation } = await revokeSetConsent({
        ...consents,
        setId,
        consentId,
        operationId,
      }).catch(
        notFound('consent_not_found', `Consent with ID '${consentId}' not found in consent set`),
      );
      const [record] = records;
      if (!record?.set) throw new AppError('internal');
      const _links = links(ctx, request, record.set.id, record.set.user_id);
      return {
        status: 200,
        headers: revocationHeader([revocation._id]),
        body: { ...revokedView(record), _links, impact: revocation.impact },
      };
    },
  });
}
