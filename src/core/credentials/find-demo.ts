import type { Context } from '../../context';
import type { Certificate } from '../../store/certificates';

/** The company that `npm start` makes in an empty database. */
export const DEMO_COMPANY_ID = 'comp-demo';

/** How many certificates that company is made with. */
export const DEMO_CERTIFICATES = 2_400;

const AT_ONCE = 100;

/** What a first check takes. */
export interface DemoCheck {
  company_id: string;
  property_id: string;
  certificate_id: string;
  /** The text of one of its consents. */
  consent: string;
}

/** The session of each of them, by its number: nobody else can register it any more. */
export function demoSession(n: number): string {
  return `demo-${String(n).padStart(4, '0')}`;
}

/**
 * Finds what a first check can be made with: the demo company's oldest property, and the newest that
 * is not revoked of the certificates that it was made with. Others, which somebody registered while
 * trying the service, are not for a public page.
 * @returns null where there is no demo (`DEMO`), or nothing of it is left
 */
export async function findDemo({ ctx }: { ctx: Context }): Promise<DemoCheck | null> {
  if (!ctx.config.demo) return null;
  const [company, property, certificate] = await Promise.all([
    ctx.store.companies.find(DEMO_COMPANY_ID),
    ctx.store.credentials.firstProperty(DEMO_COMPANY_ID),
    newestSample(ctx),
  ]);
  const text = certificate?.consents[0]?.text;
  if (!company?.body_credentials_enabled || !property || !certificate || !text) return null;
  return {
    company_id: company._id,
    property_id: property.property_id,
    certificate_id: certificate._id,
    consent: text,
  };
}

async function newestSample({ store }: Context): Promise<Certificate | null> {
  for (let end = DEMO_CERTIFICATES; end > 0; end -= AT_ONCE) {
    const session_ids = Array.from({ length: AT_ONCE }, (_, i) => demoSession(end - 1 - i));
    const live = { revoked: false, session_ids };
    const { items } = await store.certificates.list(DEMO_COMPANY_ID, live, { limit: AT_ONCE });
    // Clean-ups leave what nobody can check any more.
    const whole = items.find(({ data }) => data === 'full');
    if (whole) return whole;
  }
  return null;
}
