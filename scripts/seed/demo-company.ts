import { registerCertificate } from '../../src/core/certificates/register-certificate';
import { addProperty } from '../../src/core/credentials/add-property';
import { addUser } from '../../src/core/users/add-user';
import { createCompany } from '../../src/core/companies/create-company';
import { createToken } from '../../src/core/credentials/create-token';
import type { Caller, Context } from '../../src/context';
import { AppError } from '../../src/errors';
import { newSecret } from '../../src/lib/random-ids';
import { topUp } from '../../src/core/wallet/top-up';

const COMPANY_ID = 'comp-demo';
const USER_EMAIL = 'demo@demo.example';
const CERTIFICATES = 300;
const AT_ONCE = 10;
const START_BALANCE_MICROUSD = 25_000_000;
const CONSENT =
  'I agree to receive marketing calls and text messages from Demo Company at the number I provided.';
const CALLER: Caller = { actor: { type: 'system', id: 'seed' }, ip: null };

/** What a newcomer needs for a first call; token and password are known only when just made. */
export interface Demo {
  company_id: string;
  property_id: string;
  token: string | null;
  certificate_id: string;
  /** Admin of the dashboard. */
  user_email: string;
  user_password: string | null;
  consent: string;
}

/**
 * Makes the demo company when the database holds no company at all, and finds it otherwise.
 * @returns null when there are companies, but not this one
 */
export async function ensureDemoCompany(ctx: Context): Promise<Demo | null> {
  if (await ctx.store.companies.isEmpty()) return makeDemoCompany(ctx);
  const property = await ctx.store.credentials.firstProperty(COMPANY_ID);
  const page = await ctx.store.certificates.list(COMPANY_ID, { revoked: false }, { limit: 1 });
  const certificate = page.items[0];
  if (!property || !certificate) return null;
  return {
    company_id: COMPANY_ID,
    property_id: property.property_id,
    token: null,
    certificate_id: certificate._id,
    ...(await ensureUser(ctx)),
    consent: certificate.consents[0]?.text ?? CONSENT,
  };
}

async function makeDemoCompany(ctx: Context): Promise<Demo> {
  const by = { ctx, companyId: COMPANY_ID, caller: CALLER };
  await createCompany({
    ctx,
    caller: CALLER,
    input: { company_id: COMPANY_ID, name: 'Demo Company' },
  });
  const property = await addProperty({
    ...by,
    input: { name: 'Sign-up form', domain: 'demo.example' },
  });
  const { token } = await createToken({ ...by, input: { label: 'Demo token' } });
  await topUp({ ...by, amountMicrousd: START_BALANCE_MICROUSD });
  const ids: string[] = [];
  for (let done = 0; done < CERTIFICATES; done += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, i) =>
      register(ctx, property.property_id, done + i),
    );
    ids.push(...(await Promise.all(batch)));
  }
  return {
    company_id: COMPANY_ID,
    property_id: property.property_id,
    token,
    certificate_id: ids[0] ?? '',
    ...(await ensureUser(ctx)),
    consent: CONSENT,
  };
}

/** Makes the dashboard's user unless there is one: older databases have none. */
async function ensureUser(ctx: Context): Promise<Pick<Demo, 'user_email' | 'user_password'>> {
  const input = { email: USER_EMAIL, password: newSecret('demo'), role: 'admin' } as const;
  const known = { user_email: USER_EMAIL, user_password: null };
  if (await ctx.store.accounts.findUserByEmail(COMPANY_ID, [USER_EMAIL])) return known;
  try {
    await addUser({ ctx, companyId: COMPANY_ID, caller: CALLER, input });
  } catch (error) {
    // Another machine that starts at the same time was faster.
    if (error instanceof AppError && error.code === 'already_exists') return known;
    throw error;
  }
  return { user_email: USER_EMAIL, user_password: input.password };
}

async function register(ctx: Context, propertyId: string, n: number): Promise<string> {
  const number = String(n).padStart(4, '0');
  const { certificate } = await registerCertificate({
    ctx,
    companyId: COMPANY_ID,
    propertyId,
    caller: CALLER,
    input: {
      session_id: `demo-${number}`,
      email: `consumer${number}@example.com`,
      mobile: `+1415555${number}`,
      origin: 'https://demo.example/sign-up',
      consents: [
        { type: 'tcpa-express-consent', text: CONSENT },
        { type: 'terms', text: 'I accept the terms of service of Demo Company.' },
      ],
      events: { page_views: 3, form: { submitted: true, seconds_on_page: 41 + (n % 50) } },
    },
  });
  return certificate._id;
}
