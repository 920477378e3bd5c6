import { createHash } from 'node:crypto';
import type { Context } from '../context';
import type { Position } from '../store/paging';
import type { Revocation } from '../store/revocations';
import type { CopiedCertificate } from '../store/revocation-copies';
import {
  EXPORT_VERSION,
  type headerLine,
  type revocationLine,
  type trailerLine,
} from './export-format';
import type { z } from 'zod';

const REQUESTS_AT_A_TIME = 500;

type Line = z.input<typeof headerLine | typeof revocationLine | typeof trailerLine>;
type Request = Omit<Revocation, 'certificate_ids'>;

/**
 * Everything that a company's revocations need to be carried out again in an older copy of the
 * database, as lines of NDJSON: a header, one line per request that revoked something, a trailer by
 * which a truncated file is recognised. Emails, phone numbers and consents are not in it. Memory
 * does not grow with the number of lines.
 */
export async function* exportRevocations({
  ctx,
  companyId,
  now = new Date(),
}: {
  ctx: Context;
  companyId: string;
  now?: Date;
}): AsyncGenerator<string> {
  const digest = createHash('sha256');
  const count = { revocations: 0, certificates: 0 };
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
  for await (const { request, certificates } of revocations(ctx, companyId)) {
    count.revocations += 1;
    count.certificates += certificates.length;
    yield line(requestLine(request, certificates));
  }
  yield line({ end: true, ...count, sha256: digest.copy().digest('hex') });
}

interface Revoked {
  request: Request;
  certificates: CopiedCertificate[];
}

async function* revocations(ctx: Context, companyId: string): AsyncGenerator<Revoked> {
  for (let after: Position | null = null; ;) {
    const page: Request[] = await ctx.store.revocationCopies.listRequests(
      companyId,
      after,
      REQUESTS_AT_A_TIME,
    );
    yield* unfinished(ctx, page);
    yield* flagged(ctx, page);
    const last = page.at(-1);
    if (!last || page.length < REQUESTS_AT_A_TIME) return;
    after = { at: last.requested_at, id: last._id };
  }
}

/** Requests that are only written down yet: they will revoke what is still left of what they name. */
async function* unfinished(ctx: Context, page: Request[]): AsyncGenerator<Revoked> {
  for (const request of page.filter(({ state }) => state === 'recorded')) {
    const certificates = await ctx.store.revocationCopies.stillRevocableBy(request._id);
    if (certificates.length > 0) yield { request, certificates };
  }
}

/** What each request has revoked, which nobody else has. */
async function* flagged(ctx: Context, page: Request[]): AsyncGenerator<Revoked> {
  const requests = new Map(
    page.flatMap((request) => (request.state === 'recorded' ? [] : [[request._id, request]])),
  );
  const cursor = ctx.store.revocationCopies.revokedBy([...requests.keys()]);
  let current = null as Revoked | null;
  for await (const certificate of cursor) {
    const request = requests.get(certificate.opt_out.revocation_id ?? '');
    if (!request) continue;
    if (current?.request !== request) {
      if (current) yield current;
      current = { request, certificates: [] };
    }
    current.certificates.push(certificate);
  }
  if (current) yield current;
}

function requestLine(request: Request, certificates: CopiedCertificate[]): Line {
  const { _id, method, actor, ip, reason, requested_at, rows } = request;
  return {
    revocation_id: _id,
    ...{ method, actor, ip, reason, rows: rows ?? null },
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
