import type { Router } from 'express';
import { z } from 'zod';
import { normalizeIdentifiers } from '../../core/identifiers';
import type { Context } from '../../context';
import { type PersonIdentifier, readEmail } from '../../core/portal/identifier';
import { makeLink } from '../../core/portal/one-click';
import { byBearer, type Gate } from '../authenticate-request';
import { baseUrl } from '../base-url';
import { linkAnswer } from '../econsent/answers';
import { email, id, idOrBlank, mobile } from '../fields';
import { mount } from '../route';

/** Path of one-click links, below the service's own URL; the token follows. */
export const ONE_CLICK_PATH = '/opt-out/one-click';

/**
 * `POST /opt-out/links` (Bearer) `{certificate_id | email | mobile}`, exactly one → 200 `{url,
 * headers}`: a link by which that person revokes their consent to this company without entering
 * anything, and the two mail headers that make it an unsubscribe button (RFC 8058). The link does not
 * reveal whom it is for, does not expire, and changes nothing when it is merely opened.
 */
export function mountLinks(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, ['', '/api'], {
    method: 'post',
    path: '/opt-out/links',
    operation: {
      id: 'makeOneClickLink',
      scope: 'revoke',
      summary: 'Make a link by which one person revokes',
      description:
        'For the foot of a mail or text message: whoever opens it confirms with one button, and the two `headers` make it the unsubscribe button of mail programs (RFC 8058). The link does not say whom it is for, does not expire, and changes nothing when it is merely opened.',
      answers: { 200: linkAnswer },
    },
    body: z
      .object({ company_id: id.optional(), certificate_id: idOrBlank, email, mobile })
      .refine(
        (body) => [body.certificate_id, body.email, body.mobile].filter(Boolean).length === 1,
        'must have exactly one of certificate_id, email and mobile',
      ),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ body, principal, request }) => {
      const token = makeLink({
        ctx,
        companyId: principal.company._id,
        identifier: identifierOf(body),
      });
      const url = `${baseUrl(request, ctx.config.publicUrl)}${ONE_CLICK_PATH}/${token}`;
      const headers = {
        'List-Unsubscribe': `<${url}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      };
      return Promise.resolve({ status: 200, body: { url, headers } });
    },
  });
}

function identifierOf(body: {
  certificate_id?: string | undefined;
  email?: string | undefined;
  mobile?: string | undefined;
}): PersonIdentifier {
  const normal = normalizeIdentifiers(body);
  if (normal.email !== null)
    return readEmail(body.email ?? '') ?? { kind: 'email', value: normal.email };
  if (normal.mobile !== null) return { kind: 'mobile', value: normal.mobile };
  return { kind: 'certificate_id', value: body.certificate_id ?? '' };
}
