import { countDue, MAX_DUE_COUNTED } from '../../core/cleanup/count-due';
import { POLICY_DAYS, removesMore } from '../../core/cleanup/removes-more';
import { isAllowed } from '../../core/credentials/authenticate';
import { companyChange } from '../../core/companies/settings';
import { updateCompany } from '../../core/companies/update-company';
import type { CompanyView } from '../../core/companies/company-view';
import { field, type Redirect } from '../pages/page-router';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { linesOf } from './format';

const PATH = '/dashboard/settings';

/** The values of the form, as text, so that what was typed stays. */
type Typed = Record<(typeof POLICY_DAYS)[number] | 'action' | 'parties' | 'allowlist', string> & {
  enabled: boolean;
  body: boolean;
};

/** The company's own settings, under the same rules as the operator's call. */
export function mountSettings(routes: DashboardRoutes): void {
  routes.get('/settings', (call) => page(call, stored(call.by.company)));
  routes.post('/settings', (call) => save(routes, call));
}

function page(
  { by, t, request }: DashboardCall,
  typed: Typed,
  errors?: Record<string, string>,
): DashboardPage {
  const saved = !errors && request.query.saved === '1';
  return {
    section: 'settings',
    template: 'dashboard/settings',
    title: t.dashboard.settings.title,
    status: errors ? 400 : 200,
    data: { typed, saved, errors: errors ?? {}, companyId: by.company.company_id, tab: 'company' },
  };
}

function stored(company: CompanyView): Typed {
  const { action, after_days, session_days, certificate_days } = company.retention;
  return {
    action,
    after_days: String(after_days),
    session_days: String(session_days),
    certificate_days: String(certificate_days),
    enabled: company.third_party_verification_enabled,
    body: company.body_credentials_enabled,
    parties: company.authorized_third_parties.join('\n'),
    allowlist: company.ip_allowlist.join('\n'),
  };
}

async function save(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { ctx } = routes;
  const { by, t } = call;
  const typed = typedInto(call);
  const days = (name: (typeof POLICY_DAYS)[number]) =>
    typed[name] === '' ? NaN : Number(typed[name]);
  const change = companyChange.safeParse({
    third_party_verification_enabled: typed.enabled,
    body_credentials_enabled: typed.body,
    authorized_third_parties: linesOf(typed.parties),
    ip_allowlist: linesOf(typed.allowlist),
    retention: {
      action: typed.action,
      ...Object.fromEntries(POLICY_DAYS.map((name) => [name, days(name)])),
    },
  });
  const words = t.dashboard.errors;
  if (!change.success) return page(call, typed, errorsOf(change.error.issues, words));
  const ip = by.caller.ip ?? '';
  if (!isAllowed(change.data.ip_allowlist ?? [], ip)) {
    return page(call, typed, { allowlist: words.lockedOut(ip) });
  }
  const policy = { ...by.company.retention, ...change.data.retention };
  const isConfirmed = field(call.request, 'confirmed') === '1';
  if (!isConfirmed && removesMore(by.company.retention, policy)) {
    return question(routes, call, typed, policy);
  }
  await updateCompany({
    ctx,
    companyId: by.company.company_id,
    caller: by.caller,
    input: change.data,
  });
  return { redirect: `${PATH}?saved=1` };
}

/** Asks before a policy that removes what the present one keeps. */
async function question(
  { ctx }: DashboardRoutes,
  { by, t }: DashboardCall,
  { enabled, body, ...texts }: Typed,
  policy: CompanyView['retention'],
): Promise<DashboardPage> {
  const { company_id: companyId } = by.company;
  const { settings: words, cleanups } = t.dashboard;
  const { action } = policy;
  const due = cleanups.due(await countDue({ ctx, companyId, policy }), MAX_DUE_COUNTED);
  const heading = words.retention;
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: heading,
    data: {
      heading,
      question: words.confirmPolicy,
      note: `${cleanups.policy(action, policy)}. ${due} ${cleanups.irreversible[action]}`,
      button: cleanups.confirm[action],
      action: PATH,
      back: PATH,
      hidden: {
        ...texts,
        ...(enabled && { enabled: '1' }),
        ...(body && { body: '1' }),
        confirmed: '1',
      },
    },
  };
}

function typedInto({ request }: DashboardCall): Typed {
  const names = [...POLICY_DAYS, 'action', 'parties', 'allowlist'] as const;
  const texts = Object.fromEntries(names.map((name) => [name, field(request, name).trim()]));
  const [enabled, body] = ['enabled', 'body'].map((name) => field(request, name) === '1');
  return { ...texts, enabled, body } as Typed;
}

function errorsOf(
  issues: { path: PropertyKey[] }[],
  words: DashboardCall['t']['dashboard']['errors'],
): Record<string, string> {
  const entries = issues.map(({ path: [setting, part] }) => {
    if (setting === 'ip_allowlist') return ['allowlist', words.allowlist(Number(part ?? 0) + 1)];
    if (setting === 'authorized_third_parties') return ['parties', words.thirdParties];
    return [String(part ?? setting), part === 'action' ? words.choice : words.days];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
