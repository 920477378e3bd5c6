import { normalizeId } from '../../core/identifiers/id';
import { type AuditEntryView, listAudit } from '../../core/audit/list-audit';
import { actorsIn, nameActors, nameReason } from '../../core/audit/name-actors';
import { getCertificate, lookAtCertificate } from '../../core/certificates/get-certificate';
import { certificateChecks } from '../../core/wallet/certificate-checks';
import { revokeCertificate } from '../../core/revocations/revoke-certificate';
import { reason as reasonSchema } from '../fields';
import { field } from '../pages/page-router';
import { actors } from '../pages/texts/en-audit';
import { timeline } from './timeline';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const HISTORY_ENTRIES = 100;
/** Days with checks, on the time line. */
const CHECKED_DAYS = 10;
const EVENTS_MAX_CHARACTERS = 50_000;

/** One certificate: what it proves, its history and its revocation. */
export function mountCertificate(routes: DashboardRoutes): void {
  routes.get('/certificates/:id', (call) => showCertificate(routes, call));
  routes.get('/certificates/:id/revoke', (call) => askToRevoke(routes, call), { adminsOnly: true });
  routes.post('/certificates/:id/revoke', async (call) => {
    const { request, by } = call;
    const reason = reasonSchema.safeParse(field(request, 'reason').trim());
    if (!reason.success) return askToRevoke(routes, call, call.t.dashboard.errors.reason);
    const certificateId = idOf(call);
    await revokeCertificate({
      ctx: routes.ctx,
      companyId: by.company.company_id,
      certificateId,
      caller: by.caller,
      method: 'dashboard',
      reason: reason.data === '' ? null : reason.data,
    });
    return { redirect: `/dashboard/certificates/${encodeURIComponent(certificateId)}` };
  });
}

function idOf({ request }: DashboardCall): string {
  return normalizeId(String(request.params.id));
}

async function showCertificate(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage> {
  const companyId = call.by.company.company_id;
  const certificateId = idOf(call);
  const { certificate, requests } = await lookAtCertificate({ ctx, companyId, certificateId });
  const query = { certificate_id: certificateId, limit: HISTORY_ENTRIES };
  const [{ entries }, checks] = await Promise.all([
    listAudit({ ctx, companyId, query }),
    certificateChecks({ ctx, companyId, certificateId, limit: CHECKED_DAYS }),
  ]);
  const property = `property:${certificate.property_ref}`;
  const names = await nameActors({
    ctx,
    companyId,
    words: actors,
    actors: [property, ...actorsIn(entries)],
  });
  const revocation = entries.find(({ action }) => action === 'certificate.revoked');
  const events = JSON.stringify(certificate.events, null, 2);
  return {
    section: 'certificates',
    template: 'dashboard/certificate',
    title: certificateId,
    data: {
      certificate,
      entries,
      names,
      reasonOf: (entry: AuditEntryView) => nameReason(entry, names),
      revokedBy: revocation && names(revocation.actor),
      property: names(property),
      steps: timeline({ certificate, requests, checks }, names(property), call.t.dashboard),
      isComplete: checks.isComplete,
      events: events === '{}' ? '' : events.slice(0, EVENTS_MAX_CHARACTERS),
      shortened: events.length > EVENTS_MAX_CHARACTERS,
      path: `/dashboard/certificates/${encodeURIComponent(certificateId)}`,
    },
  };
}

async function askToRevoke(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  error?: string,
): Promise<DashboardPage> {
  const certificateId = idOf(call);
  await getCertificate({ ctx, companyId: call.by.company.company_id, certificateId });
  return {
    section: 'certificates',
    template: 'dashboard/revoke',
    title: call.t.dashboard.certificate.revokeTitle,
    status: error === undefined ? 200 : 400,
    data: {
      certificateId,
      reason: field(call.request, 'reason'),
      error,
      path: `/dashboard/certificates/${encodeURIComponent(certificateId)}`,
    },
  };
}
