import { Router } from 'express';
import { z } from 'zod';
import { getConsent } from '../../core/consents/get-consent';
import { modifyConsent } from '../../core/consents/modify-consent';
import { registerConsent } from '../../core/consents/register-consent';
import { revokeConsent } from '../../core/consents/revoke-consent';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { formatUsd } from '../../lib/usd';
import type { Gate } from '../authenticate-request';
import { email, id, idOrBlank, mobile, reason, text, time } from '../fields';
import { declaredOn } from '../operation';
import { refuseOtherMethods } from '../other-methods';
import { mountAudit } from './audit';
import { attestrConsent, attestrRevocation, registeredConsent } from './answers';
import { basicAuthentication, consentParams, mountAttestr, requestOf } from './attestr-route';
import { attestrErrors } from './errors';
import { consentView, revocationView, statusOf } from './views';

const MAX_PURPOSES = 100;
const MAX_POLICY_DAYS = 36_500;

const subject = z
  .object({ email, mobile, ref: idOrBlank })
  .refine(
    (given) => given.email !== undefined || given.mobile !== undefined || given.ref !== undefined,
    'must have at least one of email, mobile and ref',
  );
const purposes = z.array(id).min(1).max(MAX_PURPOSES);
const retention_policy = z
  .object({
    action: z.enum(['keep', 'delete', 'anonymise', 'archive']),
    after_days: z.number().int().min(0).max(MAX_POLICY_DAYS).default(0),
  })
  .nullable();

const newConsent = z.object({
  subject,
  purposes,
  text,
  retention_policy: retention_policy.default(null),
  given_at: time.optional(),
});

const change = z
  .object({
    subject: subject.optional(),
    purposes: purposes.optional(),
    text: text.optional(),
    retention_policy: retention_policy.optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'must name at least one thing to change');

/** The Attestr dialect, for use under `/api/v3/public`; it answers its own errors. */
export function attestrRouter(ctx: Context, gate: Gate): Router {
  const router = Router();
  router.use(basicAuthentication(gate));
  mountAttestr(router, ctx, {
    method: 'post',
    path: '/consent',
    operation: {
      id: 'attestrRegisterConsent',
      summary: 'Register a consent',
      description:
        'Records what a person has agreed to, and for which purposes. Keep the `_id`: all other calls go by it. `subject` needs at least one of `email`, `mobile` and `ref`; consents with an email or a mobile are found when that person opts out. `given_at` says when they agreed, where that is not now: what is no newer than an opt-out of theirs is `revoked` from the start.',
      answers: { 200: registeredConsent },
    },
    body: newConsent,
    handle: async ({ body, principal, heldKey }) => {
      const { email: mail = null, mobile: phone = null, ref = null } = body.subject;
      const { given_at: givenAt, ...terms } = body;
      const consent = await registerConsent({
        ...requestOf(ctx, principal),
        terms: { ...terms, subject: { email: mail, mobile: phone, ref } },
        givenAt,
        operationId: heldKey?.operationId,
      });
      const created_at = consent.given_at.toISOString();
      const status = statusOf(consent);
      return { status: 200, body: { _id: consent.consent_id, status, created_at } };
    },
  });
  mountAttestr(router, ctx, {
    method: 'get',
    path: '/consent/:_id',
    operation: {
      id: 'attestrGetConsent',
      summary: 'A consent',
      description: 'The consent as it stands now: terms, status, and when and why it was revoked.',
      refusals: {
        403: "Code 4031: no such consent, or another company's.",
      },
      answers: { 200: attestrConsent },
    },
    params: consentParams,
    handle: async ({ params, principal }) => {
      const request = requestOf(ctx, principal);
      const consent = await getConsent({ ...request, consentId: params._id });
      return { status: 200, body: consentView(consent) };
    },
  });
  mountAudit(router, ctx);
  mountChanges(router, ctx);
  router.use(refuseOtherMethods(declaredOn(router), ['']));
  router.use(() => {
    throw new AppError('not_found');
  });
  router.use(attestrErrors(ctx.log));
  return router;
}

function mountChanges(router: Router, ctx: Context): void {
  mountAttestr(router, ctx, {
    method: 'patch',
    path: '/consent/:_id',
    operation: {
      id: 'attestrModifyConsent',
      summary: 'Change a consent',
      description:
        'Changes what you name and leaves the rest. Earlier terms stay in the history. If it names an email or a mobile that it did not name before, and whose owner has opted out since the consent was given, it is `revoked` from then on.',
      refusals: {
        403: "Code 4031: no such consent, another company's, or revoked.",
      },
      answers: { 200: attestrConsent },
    },
    params: consentParams,
    body: change,
    handle: async ({ params, body, principal }) => {
      const request = requestOf(ctx, principal);
      const modified = await modifyConsent({ ...request, consentId: params._id, change: body });
      return { status: 200, body: consentView(modified) };
    },
  });
  mountAttestr(router, ctx, {
    method: 'post',
    path: '/consent/:_id/revoke',
    operation: {
      id: 'attestrRevokeConsent',
      summary: 'Revoke a consent',
      description:
        "Withdraws the consent for good. It is revoked by the time you get the answer; what the company's policy removes goes afterwards. A repeat gets the first answer.",
      costs: `${formatUsd(ctx.config.prices.attestr_revocation)}, once.`,
      refusals: {
        400: 'Code 4005: the wallet has too little.',
        403: "Code 4031: no such consent, or another company's.",
      },
      answers: { 200: attestrRevocation },
    },
    params: consentParams,
    body: z.object({ reason }),
    handle: async ({ params, body, principal, heldKey }) => {
      const revoked = await revokeConsent({
        ...requestOf(ctx, principal),
        consentId: params._id,
        reason: body.reason,
        operationId: heldKey?.operationId,
      });
      return { status: 200, body: revocationView(revoked) };
    },
  });
}
