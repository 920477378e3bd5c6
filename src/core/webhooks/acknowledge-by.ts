import { addBusinessDays } from '../../lib/business-days';

/** 47 CFR 64.1200(a)(10): a revocation is to be honoured within ten business days. */
const BUSINESS_DAYS = 10;

/** Until when whoever is told of a revocation is to say that it has been told. */
export function acknowledgeBy(revokedAt: Date): Date {
  return addBusinessDays(revokedAt, BUSINESS_DAYS);
}
