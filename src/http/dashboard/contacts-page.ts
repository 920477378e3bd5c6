import { getWallet } from '../../core/wallet/get-wallet';
import { field } from '../pages/page-router';
import { CONTACTS_PATH, keptVerdict } from './contact-verdict';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { scrubList } from './scrub-pages';

/** What the page says beside its fields. */
export interface Said {
  status?: number;
  /** By field. */
  errors?: Partial<Record<'contact' | 'consent_type' | 'file' | 'file_consent_type', string>>;
  tooLittle?: boolean;
}

/** The page with both forms and the list of files. */
export async function contactsPage(
  routes: DashboardRoutes,
  call: DashboardCall,
  { status = 200, errors = {}, ...more }: Said = {},
): Promise<DashboardPage> {
  const { ctx } = routes;
  const { by, t, request } = call;
  const { available_microusd: available } = await getWallet({
    ctx,
    companyId: by.company.company_id,
  });
  const isAnswered = request.method === 'GET' && request.query.checked === '1';
  return {
    section: 'contacts',
    template: 'dashboard/contacts',
    title: t.dashboard.contacts.title,
    status,
    data: {
      typed: typedIn(call),
      errors,
      verdict: isAnswered ? keptVerdict(ctx, call) : null,
      price: ctx.config.prices.check,
      rowPrice: ctx.config.prices.scrub_row,
      available,
      path: CONTACTS_PATH,
      ...(await scrubList(routes, call)),
      ...more,
    },
  };
}

/** What was typed into the forms. */
export function typedIn({ request }: DashboardCall) {
  return {
    contact: field(request, 'contact').trim(),
    channel: field(request, 'channel'),
    consent_type: field(request, 'consent_type').trim(),
    file_channel: field(request, 'file_channel'),
    file_consent_type: field(request, 'file_consent_type').trim(),
  };
}
