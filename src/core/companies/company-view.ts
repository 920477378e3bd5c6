import type { Company, CompanySettings } from '../../store/companies';

/** A company and its settings as they go over the wire. */
export interface CompanyView extends CompanySettings {
  company_id: string;
  /** ISO 8601. */
  created_at: string;
}

/** The company as it goes over the wire. */
export function companyView({
  _id,
  created_at,
  first_steps: _steps,
  ...settings
}: Company): CompanyView {
  return { company_id: _id, ...settings, created_at: created_at.toISOString() };
}
