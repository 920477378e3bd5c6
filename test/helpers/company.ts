import { randomBytes } from 'node:crypto';
import { registerCertificate } from '../../src/core/certificates/register-certificate';
import { addProperty } from '../../src/core/credentials/add-property';
import { createCompany } from '../../src/core/companies/create-company';
import { createToken } from '../../src/core/credentials/create-token';
import type { Caller, Context } from '../../src/context';
import { topUp } from '../../src/core/wallet/top-up';

export const CALLER: Caller = { actor: { type: 'system', id: 'test' }, ip: '127.0.0.1' };
export const CONSENT = 'I agree to receive calls and texts from Example Corp.';

/** A company with everything a test needs to call as it. */
export interface TestCompany {
  id: string;
  propertyId: string;
  token: string;
  /** Credentials for a body. */
  ids: { company_id: string; property_id: string };
}

/** Makes a company with a property, a token and money in its wallet. */
export async function makeCompany(
  ctx: Context,
  options: { balanceMicrousd?: number; settings?: Record<string, unknown> } = {},
): Promise<TestCompany> {
  const id = `comp-${randomBytes(6).toString('hex')}`;
  await createCompany({
    ctx,
    caller: CALLER,
    input: { name: 'Example Corp', ...options.settings, company_id: id },
  });
  const by = { ctx, companyId: id, caller: CALLER };
  const property = await addProperty({ ...by, input: { name: 'Site', domain: 'example.com' } });
  const { token } = await createToken({ ...by, input: { label: 'test' } });
  const amountMicrousd = options.balanceMicrousd ?? 10_000_000;
  if (amountMicrousd > 0) await topUp({ ...by, amountMicrousd });
  const propertyId = property.property_id;
  return { id, propertyId, token, ids: { company_id: id, property_id: propertyId } };
}

/** Registers a certificate and returns its id and session. */
export async function makeCertificate(
  ctx: Context,
  company: TestCompany,
  input: Partial<Parameters<typeof registerCertificate>[0]['input']> = {},
): Promise<{ id: string; sessionId: string }> {
  const sessionId = input.session_id ?? `sess-${randomBytes(8).toString('hex')}`;
  const { certificate } = await registerCertificate({
    ctx,
    companyId: company.id,
    propertyId: company.propertyId,
    caller: CALLER,
    input: {
      origin: 'https://example.com/signup',
      consents: [{ type: 'tcpa-express-consent', text: CONSENT }],
      ...input,
      session_id: sessionId,
    },
  });
  return { id: certificate._id, sessionId };
}
