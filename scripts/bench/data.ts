import { registerCertificate } from '../../src/core/certificates/register-certificate';
import { addProperty } from '../../src/core/credentials/add-property';
import { createCompany } from '../../src/core/companies/create-company';
import { createToken } from '../../src/core/credentials/create-token';
import type { Caller, Context } from '../../src/context';
import { topUp } from '../../src/core/wallet/top-up';
import { newLedgerRef } from '../../src/store/ledger-refs';
import { collections, database } from '../services/collections';
import { yardstickMoney } from './yardstick-money';

export const CALLER: Caller = { actor: { type: 'system', id: 'bench' }, ip: null };
export const CONSENT =
  'I agree to receive marketing calls and text messages from Example Corp at the number I gave.';
const BALANCE_MICROUSD = 1_000_000_000_000;

/** One company of the load, ready to be called as. */
export interface BenchCompany {
  id: string;
  propertyId: string;
  token: string;
  certificateIds: string[];
}

/** Makes companies with plenty of money, each with so many certificates. */
export async function makeCompanies(
  ctx: Context,
  count: number,
  certificatesEach: number,
): Promise<BenchCompany[]> {
  const companies: BenchCompany[] = [];
  for (let i = 0; i < count; i++) {
    const { company_id: companyId } = await createCompany({
      ctx,
      caller: CALLER,
      input: { name: 'Bench' },
    });
    const by = { ctx, companyId, caller: CALLER };
    const property = await addProperty({ ...by, input: { name: 'Site', domain: 'example.com' } });
    const { token } = await createToken({ ...by, input: { label: 'bench' } });
    await topUp({ ...by, amountMicrousd: BALANCE_MICROUSD });
    const { wallets } = yardstickMoney(database(ctx));
    await wallets.insertOne({ _id: companyId, balance_microusd: BALANCE_MICROUSD });
    const { property_id: propertyId } = property;
    const certificateIds = await makeCertificates(ctx, companyId, propertyId, certificatesEach);
    companies.push({ id: companyId, propertyId, token, certificateIds });
  }
  return companies;
}

/** The first one is registered; the others are copies of it under ids of their own. */
async function makeCertificates(
  ctx: Context,
  companyId: string,
  propertyId: string,
  count: number,
): Promise<string[]> {
  const { certificate } = await registerCertificate({
    ctx,
    companyId,
    propertyId,
    caller: CALLER,
    input: {
      session_id: 'bench',
      email: 'bench@example.com',
      origin: 'https://example.com/signup',
      consents: [{ type: 'tcpa-express-consent', text: CONSENT }],
    },
  });
  const copies = Array.from({ length: count - 1 }, (_, i) => {
    const _id = `${certificate._id}-${i}`;
    return { ...certificate, _id, session_id: `bench-${i}`, ...newLedgerRef(_id) };
  });
  if (copies.length > 0) await collections(ctx).certificates.insertMany(copies);
  return [certificate._id, ...copies.map(({ _id }) => _id)];
}

/** Bodies of `/verify/match` calls for all certificates of the companies, mixed. */
export function matchBodies(companies: BenchCompany[]): string[] {
  const rounds = Math.max(...companies.map((company) => company.certificateIds.length));
  return Array.from({ length: rounds }, (_, i) => i).flatMap((i) =>
    companies.flatMap((company) => {
      const certificate_id = company.certificateIds[i];
      const { id: company_id, propertyId: property_id } = company;
      const body = { company_id, property_id, certificate_id, consent: CONSENT };
      return certificate_id === undefined ? [] : [JSON.stringify(body)];
    }),
  );
}
