import { CHANNELS } from '../../core/certificates/certificate-view';
import type { AskedContact } from '../../core/contacts/contact';
import { readContact } from '../../core/contacts/read-contact';
import type { Check } from '../../core/verification/check';
import { checkByForm } from '../../core/verification/check-by-form';
import { AppError } from '../../errors';
import { id } from '../fields';
import type { Redirect } from '../pages/page-router';
import { newOperationId, operationIdOf } from '../pages/shown-once';
import { CONTACTS_PATH, keepVerdict } from './contact-verdict';
import { contactsPage, type Said, typedIn } from './contacts-page';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const MAX_CHARACTERS = 320;

/** May somebody be contacted now: one person, or everybody in a file. */
export function mountContacts(routes: DashboardRoutes, check: Check): void {
  routes.get('/contacts', (call) => contactsPage(routes, call));
  routes.get('/contacts/check', () => ({ redirect: CONTACTS_PATH }));
  routes.post('/contacts/check', (call) => checkContact(routes, check, call));
}

async function checkContact(
  routes: DashboardRoutes,
  check: Check,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { ctx } = routes;
  const { by, request } = call;
  const contact = askedIn(routes, call);
  if ('errors' in contact) return contactsPage(routes, call, { status: 400, ...contact });
  try {
    const answer = await checkByForm({
      ctx,
      check,
      companyId: by.company.company_id,
      caller: by.caller,
      contact,
      operationId: operationIdOf(request) ?? newOperationId(),
    });
    keepVerdict(ctx, call, { asked: typedIn(call).contact, contact, answer });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'insufficient_balance') throw error;
    return contactsPage(routes, call, { status: 402, tooLittle: true });
  }
  return { redirect: `${CONTACTS_PATH}?checked=1` };
}

/** Who is asked about, or what is wrong with that. */
function askedIn(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
): AskedContact | { errors: NonNullable<Said['errors']> } {
  const { contact, channel, consent_type } = typedIn(call);
  const words = call.t.dashboard.contacts.errors;
  if (consent_type !== '' && !id.safeParse(consent_type).success) {
    return { errors: { consent_type: words.consentType } };
  }
  const wrong = { errors: { contact: words.contact } };
  if (contact === '' || contact.length > MAX_CHARACTERS) return wrong;
  try {
    const given = contact.includes('@') ? { email: contact } : { mobile: contact };
    return {
      identifiers: readContact({ ctx, given }),
      // Any other value would be no choice of the form's: all is what a check asks by default.
      channel: CHANNELS.find((one) => one === channel),
      consentType: consent_type === '' ? undefined : consent_type,
    };
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return wrong;
    throw error;
  }
}
