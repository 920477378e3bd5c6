import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { distinct } from '../../lib/distinct';
import { MAX_UPLOAD_BYTES } from '../../store/batches';
import { type CompanySettings, SERVICES } from '../../store/companies';
import { ID_MAX_CHARACTERS, normalizeId } from '../identifiers/id';

export { SERVICES };

const NAME_MAX_CHARACTERS = 200;
const THIRD_PARTIES_MAX = 1_000;
const ALLOWLIST_MAX = 1_000;
const CALLS_MAX = 1_000_000_000;
const POLICY_MAX_DAYS = 36_500;

/** The settings of a new company, where none are given. */
export const DEFAULT_SETTINGS: Omit<CompanySettings, 'name'> = {
  third_party_verification_enabled: false,
  authorized_third_parties: [],
  services: [...SERVICES],
  ip_allowlist: [],
  limits: {},
  retention: { action: 'keep', after_days: 0, session_days: 90, certificate_days: 1_827 },
  body_credentials_enabled: true,
  low_balance_microusd: 5_000_000,
};

/** A company id stands in URLs and, before a colon, in keys: no colon, no slash, no white space. */
const companyId = z
  .string()
  .overwrite(normalizeId)
  .max(ID_MAX_CHARACTERS)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits and . _ - only');

const ipOrCidr = z
  .string()
  .max(50)
  .refine(isIpOrCidr, 'must be an IP address or a range in CIDR notation');

const calls = z.number().int().min(1).max(CALLS_MAX);
/** `null` removes a limit, or puts the service's default back. */
const limit = calls.nullable().optional();
/** One file of the longest that is taken always has room. */
const uploadBytes = z.number().int().min(MAX_UPLOAD_BYTES).max(Number.MAX_SAFE_INTEGER);
const days = z.number().int().min(0).max(POLICY_MAX_DAYS).optional();

const settings = {
  name: z.string().trim().min(1).max(NAME_MAX_CHARACTERS),
  third_party_verification_enabled: z.boolean().optional(),
  authorized_third_parties: z
    .array(z.string().overwrite(normalizeId).min(1).max(ID_MAX_CHARACTERS))
    .max(THIRD_PARTIES_MAX)
    .transform(distinct)
    .optional(),
  services: z.array(z.enum(SERVICES)).max(100).transform(distinct).optional(),
  ip_allowlist: z.array(ipOrCidr).max(ALLOWLIST_MAX).transform(distinct).optional(),
  limits: z
    .object({
      account_per_second: limit,
      api_per_second: limit,
      account_per_day: limit,
      api_per_day: limit,
      open_uploads: limit,
      stored_upload_bytes: uploadBytes.nullable().optional(),
      running_files: limit,
      event_streams: limit,
      portal_per_minute: limit,
      one_click_per_minute: limit,
      link_opens_per_minute: limit,
    })
    .optional(),
  retention: z
    .object({
      action: z.enum(['keep', 'delete', 'anonymise', 'archive']).optional(),
      after_days: days,
      session_days: days,
      certificate_days: days,
    })
    .optional(),
  body_credentials_enabled: z.boolean().optional(),
  low_balance_microusd: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** `null` removes it. */
  top_up_url: z
    .url({ protocol: /^https$/ })
    .max(2_000)
    .nullable()
    .optional(),
};

/** A new company. Unknown fields are dropped, as everywhere. */
export const newCompany = z.object({ company_id: companyId.optional(), ...settings });
export type NewCompany = z.output<typeof newCompany>;

/** A change of settings: what is left out stays as it is, inside `limits` and `retention` too. */
export const companyChange = z
  .object({ ...settings, name: settings.name.optional() })
  .refine((change) => Object.keys(change).length > 0, 'must name at least one setting');
export type CompanyChange = z.output<typeof companyChange>;

/** Limits of one token, on top of its company's. */
export const tokenLimits = z.object({ per_second: calls.optional(), per_day: calls.optional() });

/** The settings after a change. */
export function mergeSettings(now: CompanySettings, change: CompanyChange): CompanySettings {
  const { limits, retention, ...rest } = change;
  const given = Object.entries({ ...now.limits, ...limits }).filter(([, value]) => value !== null);
  const merged = { ...now, ...withoutUndefined(rest) };
  return {
    ...merged,
    limits: withoutUndefined(Object.fromEntries(given)),
    retention: { ...now.retention, ...withoutUndefined(retention ?? {}) },
  };
}

function withoutUndefined<T extends object>(
  object: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** Full notation only: `ipaddr.js` also reads `127.1` and `0x7f.1`, which operators would misread. */
function isIpOrCidr(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (more.length > 0 || address.includes('%')) return false;
  if (ipaddr.IPv4.isValid(address)) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return false;
    return bits === undefined || ipaddr.isValidCIDR(text);
  }
  if (!ipaddr.IPv6.isValid(address)) return false;
  if (bits === undefined) return true;
  // Callers with such an address appear as IPv4: the range would match nobody.
  return ipaddr.isValidCIDR(text) && !ipaddr.IPv6.parse(address).isIPv4MappedAddress();
}
