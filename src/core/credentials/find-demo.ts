import type { Context } from '../../context';

/** The company that `npm start` makes in an empty database. */
export const DEMO_COMPANY_ID = 'comp-demo';

const A_FEW = 10;

/** What a first check takes. */
export interface DemoCheck {
  company_id: string;
  property_id: string;
  certificate_id: string;
  /** The text of one of its consents. */
  consent: string;
}

/**
 * Finds what a first check can be made with: the demo company's oldest property and its newest
 * certificate that is not revoked.
 * @returns null where there is no demo (`DEMO`), or nothing of it is left
 */
export async function findDemo({ ctx }: { ctx: Context }): Promise<DemoCheck | null> {
  if (!ctx.config.demo) return null;
  const [company, property, page] = await Promise.all([
    ctx.store.companies.find(DEMO_COMPANY_ID),
    ctx.store.credentials.firstProperty(DEMO_COMPANY_ID),
    ctx.store.certificates.list(DEMO_COMPANY_ID, { revoked: false }, { limit: A_FEW }),
  ]);
  // Clean-ups leave what nobody can check any more.
  const certificate = page.items.find(({ data }) => data === 'full');
  const text = certificate?.consents[0]?.text;
  if (!company?.body_credentials_enabled || !property || !certificate || !text) return null;
  return {
    company_id: company._id,
    property_id: property.property_id,
    certificate_id: certificate._id,
    consent: text,
  };
}
