import { createApiKey } from '../../src/core/credentials/create-api-key';
import type { Context } from '../../src/context';
import { CALLER, makeCompany, type TestCompany } from '../helpers/company';

/** A company with a key pair, and the headers that identify it in each dialect. */
export interface KeyedCompany extends TestCompany {
  attestr: Record<string, string>;
  baanx: Record<string, string>;
  /** Its name in the audit log. */
  actor: string;
}

/** Makes a company that can call the Attestr and Baanx dialects. */
export async function makeKeyedCompany(
  ctx: Context,
  options: Parameters<typeof makeCompany>[1] = {},
): Promise<KeyedCompany> {
  const company = await makeCompany(ctx, options);
  const { client_key, secret_key, api_key_id } = await createApiKey({
    ctx,
    companyId: company.id,
    caller: CALLER,
  });
  return {
    ...company,
    attestr: { authorization: basic(client_key, secret_key) },
    baanx: { 'x-client-key': client_key, 'x-secret-key': secret_key },
    actor: `api_key:${api_key_id}`,
  };
}

/** `Basic base64(client_key:secret_key)`. */
export function basic(clientKey: string, secretKey: string): string {
  return `Basic ${Buffer.from(`${clientKey}:${secretKey}`).toString('base64')}`;
}
