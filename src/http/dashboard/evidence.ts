import { askForEvidence, findEvidence, openEvidence } from '../../core/evidence/open-evidence';
import { normalizeId } from '../../core/identifiers/id';
import { sendAnswer } from '../answer';
import { evidenceFile } from '../evidence-file';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/certificates/:id/evidence';

/** The evidence of a certificate: asking for it, waiting for it, downloading it. */
export function mountEvidence(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.post(
    PATH,
    async (call) => {
      const made = await askForEvidence({ ctx, ...wantedBy(call) });
      return { redirect: `${pathOf(call)}/evidence${made ? '.zip' : ''}` };
    },
    { viewersToo: true },
  );
  routes.get(PATH, (call) => showEvidence(routes, call));
  routes.download(`${PATH}.zip`, async (call) => {
    const { by, response } = call;
    const wanted = wantedBy(call);
    const opened = await openEvidence({ ctx, ...wanted, caller: by.caller });
    if (!opened) response.redirect(303, `${pathOf(call)}/evidence`);
    else await sendAnswer(response, { status: 200, ...evidenceFile(wanted.certificateId, opened) });
  });
}

async function showEvidence({ ctx }: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const wanted = wantedBy(call);
  const { latest, made } = await findEvidence({ ctx, ...wanted });
  const w = call.t.dashboard.evidence;
  return {
    section: 'certificates',
    template: 'dashboard/evidence',
    title: w.title,
    data: {
      certificateId: wanted.certificateId,
      path: pathOf(call),
      isPending: latest?.state === 'pending',
      made: made && latest ? { at: latest.made_at, bytes: latest.bytes } : null,
    },
  };
}

type Asked = Pick<DashboardCall, 'by' | 'request'>;

function wantedBy({ by, request }: Asked): { companyId: string; certificateId: string } {
  const certificateId = normalizeId(String(request.params.id));
  return { companyId: by.company.company_id, certificateId };
}

function pathOf(call: Asked): string {
  return `/dashboard/certificates/${encodeURIComponent(wantedBy(call).certificateId)}`;
}
