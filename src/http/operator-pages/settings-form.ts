import type { Request } from 'express';
import { DEFAULT_UPLOAD_LIMITS } from '../../core/batches/upload-limits';
import type { CompanyView } from '../../core/companies/company-view';
import { type CompanyChange, companyChange, SERVICES } from '../../core/companies/settings';
import { DEFAULT_ENTRANCE_LIMITS } from '../../core/limits/policies';
import { amountUsd } from '../amount-usd';
import { linesOf } from '../dashboard/format';
import { field, fields, type PageCall } from '../pages/page-router';

type Limits = CompanyView['limits'];
type Words = PageCall['t']['operator']['settings']['wrong'];

export const LIMIT_NAMES = [
  'account_per_second',
  'api_per_second',
  'account_per_day',
  'api_per_day',
  'open_uploads',
  'stored_upload_bytes',
  'running_files',
  'event_streams',
  'portal_per_minute',
  'one_click_per_minute',
  'link_opens_per_minute',
] as const satisfies readonly (keyof Limits)[];

/** Where an empty field does not mean "no limit". */
export const STANDARD_LIMITS: Partial<Record<keyof Limits, number>> = {
  ...DEFAULT_UPLOAD_LIMITS,
  ...DEFAULT_ENTRANCE_LIMITS,
};

const MICROUSD_PER_USD = 1_000_000;

/** The form as it is filled in: text, so that what was typed stays. */
export interface TypedSettings {
  name: string;
  services: string[];
  third_parties: boolean;
  parties: string;
  allowlist: string;
  body: boolean;
  low: string;
  top_up_url: string;
  limits: Record<string, string>;
}

/** The form as it is when nothing was typed yet. */
export function typedOf(company: CompanyView): TypedSettings {
  return {
    name: company.name,
    services: company.services,
    third_parties: company.third_party_verification_enabled,
    parties: company.authorized_third_parties.join('\n'),
    allowlist: company.ip_allowlist.join('\n'),
    body: company.body_credentials_enabled,
    low: dollars(company.low_balance_microusd),
    top_up_url: company.top_up_url ?? '',
    limits: Object.fromEntries(
      LIMIT_NAMES.map((name) => [name, String(company.limits[name] ?? '')]),
    ),
  };
}

/** What was typed into it. */
export function typedInto(request: Request): TypedSettings {
  const text = (name: string) => field(request, name).trim();
  return {
    name: text('name'),
    services: fields(request, 'services'),
    third_parties: text('third_parties') === '1',
    parties: text('parties'),
    allowlist: text('allowlist'),
    body: text('body') === '1',
    low: text('low'),
    top_up_url: text('top_up_url'),
    limits: Object.fromEntries(LIMIT_NAMES.map((name) => [name, text(`limit_${name}`)])),
  };
}

/** What the form changes of a company, or what is wrong with it, by field. */
export function readSettings(
  typed: TypedSettings,
  company: CompanyView,
  words: Words,
): { change: CompanyChange } | { errors: Record<string, string> } {
  const low = zeroOrUsd(typed.low);
  const read = companyChange.safeParse({
    name: typed.name,
    services: SERVICES.filter((service) => typed.services.includes(service)),
    third_party_verification_enabled: typed.third_parties,
    authorized_third_parties: linesOf(typed.parties),
    ip_allowlist: linesOf(typed.allowlist),
    body_credentials_enabled: typed.body,
    low_balance_microusd: low ?? NaN,
    top_up_url: typed.top_up_url || null,
    limits: Object.fromEntries(LIMIT_NAMES.map((name) => [name, limit(typed.limits[name] ?? '')])),
  });
  if (!read.success) return { errors: errorsOf(read.error.issues, words) };
  return { change: whatDiffers(read.data, company) };
}

function zeroOrUsd(text: string): number | null {
  if (/^0+(\.0*)?$/.test(text)) return 0;
  const read = amountUsd.safeParse(text);
  return read.success ? read.data : null;
}

function limit(text: string): number | null {
  if (text === '') return null;
  return /^\d{1,16}$/.test(text) ? Number(text) : NaN;
}

/** As `amountUsd` reads it, without zeros that say nothing. */
function dollars(microusd: number): string {
  const cents = (microusd / MICROUSD_PER_USD).toFixed(6).replace(/0{1,4}$/, '');
  return cents;
}

function whatDiffers({ limits = {}, ...change }: CompanyChange, company: CompanyView) {
  const now: Record<string, unknown> = { ...company, top_up_url: company.top_up_url ?? null };
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const differing = Object.entries(change).filter(([name, value]) => !same(value, now[name]));
  const otherLimits = LIMIT_NAMES.filter(
    (name) => (limits[name] ?? null) !== (company.limits[name] ?? null),
  );
  return {
    ...(Object.fromEntries(differing) as CompanyChange),
    ...(otherLimits.length > 0 && {
      limits: Object.fromEntries(otherLimits.map((name) => [name, limits[name]])),
    }),
  };
}

function errorsOf(
  issues: { path: PropertyKey[]; code?: string | undefined }[],
  words: Words,
): Record<string, string> {
  const entries = issues.map(({ path: [setting, part] }): [string, string] => {
    const line = (say: (line: number) => string) =>
      typeof part === 'number' ? say(part + 1) : words.tooMany;
    switch (String(setting)) {
      case 'ip_allowlist':
        return ['allowlist', line(words.allowlist)];
      case 'authorized_third_parties':
        return ['parties', line(words.parties)];
      case 'low_balance_microusd':
        return ['low', words.low];
      case 'top_up_url':
        return ['top_up_url', words.url];
      case 'limits':
        return [
          `limit_${String(part)}`,
          part === 'stored_upload_bytes' ? words.bytes : words.limit,
        ];
      default:
        return ['name', words.name];
    }
  });
  return Object.fromEntries(entries.reverse());
}
