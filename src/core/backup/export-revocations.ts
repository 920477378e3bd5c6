import { createHash } from 'node:crypto';
import type { Context } from '../../context';
import type { Revocation } from '../../store/revocations';
import type { CopiedCertificate } from '../../store/revocation-copies';
import { consentRevocationLines } from './export-consents';
import {
  type consentRevocationLine,
  EXPORT_VERSION,
  type headerLine,
  type revocationLine,
  type suppressionLine,
  type trailerLine,
} from './export-format';
import { suppressionLines } from './export-suppressions';
import { byRequest, requestPages, type Revoked } from './export-requests';
import type { z } from 'zod';

type Line = z.input<
  | typeof headerLine
  | typeof revocationLine
  | typeof consentRevocationLine
  | typeof suppressionLine
  | typeof trailerLine
>;
const NOTHING = {
  revocations: 0,
  certificates: 0,
  consent_revocations: 0,
  consents: 0,
  suppressions: 0,
};

type Request = Omit<Revocation, 'certificate_ids'>;

/**
 * Everything needed to replay a company's revocations in an older copy of the database, as lines of
 * NDJSON: a header, one line per request that revoked certificates, one per request that revoked
 * consents of a region, one per remembered opt-out, and a trailer by which a truncated file is
 * recognised. It has no emails, no phone numbers and no texts of consents. Memory use does not grow
 * with the number of lines.
 */
export async function* exportRevocations({
  ctx,
  companyId,
  now = ctx.now(),
}: {
  ctx: Context;
  companyId: string;
  now?: Date;
}): AsyncGenerator<string> {
  const digest = createHash('sha256');
  const count = { ...NOTHING };
  const line = (content: Line): string => {
    const text = `${JSON.stringify(content)}\n`;
    digest.update(text);
    return text;
  };
  yield line({
    format: 'rescind-revocations',
    version: EXPORT_VERSION,
    company_id: companyId,
    exported_at: now.toISOString(),
  });
  for await (const { request, revoked } of revocations(ctx, companyId)) {
    count.revocations += 1;
    count.certificates += revoked.length;
    yield line(requestLine(request, revoked));
  }
  for await (const content of consentRevocationLines({ ctx, companyId })) {
    count.consent_revocations += 1;
    count.consents += content.consents.length;
    yield line(content);
  }
  for await (const content of suppressionLines({ ctx, companyId })) {
    count.suppressions += 1;
    yield line(content);
  }
  yield line({ end: true, ...count, sha256: digest.copy().digest('hex') });
}

async function* revocations(
  ctx: Context,
  companyId: string,
): AsyncGenerator<Revoked<Request, CopiedCertificate>> {
  const { revocationCopies: copies } = ctx.store;
  const pages = requestPages<Request>((...place) => copies.listRequests(companyId, ...place));
  for await (const page of pages) {
    yield* unfinished(
      ctx,
      page.filter(({ state }) => state === 'recorded'),
    );
    const flagged = page.filter(({ state }) => state !== 'recorded');
    // First: what was opted out of by channel can have been revoked later, and not the other way round.
    yield* byChannel(
      ctx,
      flagged.filter(({ channels }) => channels),
    );
    const revoking = flagged.filter(({ channels }) => !channels);
    yield* byRequest(revoking, copies.revokedBy, ({ opt_out }) => opt_out.revocation_id);
  }
}

/** Requests that opted out of some channels; some of their certificates they revoked by that. */
async function* byChannel(
  ctx: Context,
  requests: Request[],
): AsyncGenerator<Revoked<Request, CopiedCertificate>> {
  for (const request of requests) {
    const revoked = await ctx.store.revocationCopies.flaggedBy(request._id);
    if (revoked.length > 0) yield { request, revoked };
  }
}

/** Requests whose flags are not all set: they will revoke what is left of what they name. */
async function* unfinished(
  ctx: Context,
  requests: Request[],
): AsyncGenerator<Revoked<Request, CopiedCertificate>> {
  for (const request of requests) {
    const revoked = await ctx.store.revocationCopies.stillRevocableBy(request._id);
    if (revoked.length > 0) yield { request, revoked };
  }
}

function requestLine(request: Request, certificates: CopiedCertificate[]): Line {
  const { _id, method, actor, ip, reason, requested_at, rows, channels } = request;
  return {
    revocation_id: _id,
    method,
    actor,
    ip,
    reason,
    rows: rows ?? null,
    ...(channels && { channels }),
    requested_at: requested_at.toISOString(),
    certificates: certificates.map((certificate) => ({
      certificate_id: certificate._id,
      session_id: certificate.session_id,
      property_ref: certificate.property_ref,
      email_hash: certificate.email_hash,
      mobile_hash: certificate.mobile_hash,
      content_hash: certificate.content_hash,
      created_at: certificate.created_at.toISOString(),
    })),
  };
}
