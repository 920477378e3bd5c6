import type { Router } from 'express';
import { z } from 'zod';
import { openEvidence } from '../../core/evidence/open-evidence';
import type { Context } from '../../context';
import { byBearer, type Gate } from '../authenticate-request';
import { evidenceFile } from '../evidence-file';
import { id } from '../fields';
import { mount } from '../route';
import { PREFIXES } from './prefixes';

const RETRY_AFTER_SECONDS = 2;

const pendingEvidence = z.object({ state: z.literal('pending') }).meta({ id: 'PendingEvidence' });

/** `GET /certificates/:certificate_id/evidence.zip`. */
export function mountEvidence(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/certificates/:certificate_id/evidence.zip',
    operation: {
      id: 'getEvidence',
      scope: 'audit',
      summary: 'All that proves a certificate, for whoever asks in court',
      description:
        'An archive with the certificate, the recording of its session, its consents, the receipts of its registration, its revocations and the company’s own checks (the newest 100,000), the program that verifies them, and a page that explains all this, as HTML and PDF. It is made when it is asked for: until then 202 with `Retry-After`. It is kept for a day, and made anew once there are newer checks or revocations, or the certificate has changed. Each download is in the audit as `evidence.downloaded`.',
      answers: { 200: { 'application/zip': z.string() }, 202: pendingEvidence },
      refusals: {
        404: 'The company has no such certificate, or a clean-up has removed it.',
        429: 'Evidence of ten certificates is being made already, or ten GiB of it are kept.',
      },
    },
    params: z.object({ certificate_id: id }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params: { certificate_id: certificateId }, principal }) => {
      const { company, caller } = principal;
      const opened = await openEvidence({ ctx, companyId: company._id, certificateId, caller });
      if (opened) return { status: 200, ...evidenceFile(certificateId, opened) };
      return {
        status: 202,
        headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
        body: { state: 'pending' },
      };
    },
  });
}
