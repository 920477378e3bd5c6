import { CHANNELS } from '../../core/certificates/certificate-view';
import { certificateFacts } from '../../core/certificates/certificate-facts';
import { findRequests } from '../../core/revocations/find-requests';
import { companyPath } from './company-page';
import { type OperatorRoutes, parameter, PREFIX } from './operator-page';

const SHOWN = 50;

/** Pages of what a search finds and no other page shows: a certificate, and a request to revoke. */
export function mountFound({ ctx, get }: OperatorRoutes): void {
  get('/certificates/:certificate_id', async (call) => {
    const certificateId = parameter(call, 'certificate_id');
    return {
      section: null,
      template: 'operator-pages/certificate',
      title: call.t.operator.certificate.title,
      data: {
        certificate: await certificateFacts({ ctx, certificateId }),
        companyPath,
        requestPath: pathOfRequest,
      },
    };
  });
  get('/revocations/:reference', async (call) => {
    const reference = parameter(call, 'reference');
    const { requests, others } = await findRequests({ ctx, reference });
    return {
      section: null,
      template: 'operator-pages/revocation',
      title: call.t.operator.revocation.title,
      data: { requests, others, CHANNELS, shown: SHOWN, companyPath, batchPath, certificatePath },
    };
  });
}

function pathOfRequest(id: string): string {
  return `${PREFIX}/revocations/${encodeURIComponent(id)}`;
}

function certificatePath(id: string): string {
  return `${PREFIX}/certificates/${encodeURIComponent(id)}`;
}

function batchPath(id: string): string {
  return `${PREFIX}/batches/${encodeURIComponent(id)}`;
}
