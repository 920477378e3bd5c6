import type { Router } from 'express';
import type { Context } from '../../context';
import type { Check } from '../../core/verification/check';
import { pageRouter } from '../pages/page-router';
import type { Pages } from '../pages/pages';
import { mountAccount } from './account';
import { mountAccess } from './access';
import { mountAudit } from './audit';
import { mountCertificate } from './certificate';
import { mountCertificateList } from './certificates';
import { mountContacts } from './contacts';
import { dashboardRoutes } from './dashboard-route';
import { mountEvidence } from './evidence';
import { mountForgotPassword } from './forgot-password';
import { mountIntegrations } from './integrations';
import { mountLogin } from './login';
import { mountLowBalance } from './low-balance';
import { mountOverview } from './overview';
import { mountPeople } from './people';
import { mountProperties } from './properties';
import { mountRevocation } from './revocation';
import { mountRevocations } from './revocations';
import { mountScrubs } from './scrubs';
import { mountSelection } from './selection';
import { mountSettings } from './settings';
import { mountStatements } from './statements';
import { mountTopUps } from './top-ups';
import { PREFIX } from './sign-in-first';
import { mountWallet } from './wallet';
import { mountWebhooks } from './webhooks';

/** The company's dashboard, to be mounted at the root. */
export function dashboardRouter(
  ctx: Context,
  pages: Pages,
  check: Check,
): { router: Router; close: () => void } {
  const closing: (() => void)[] = [];
  const router = pageRouter(pages, PREFIX, (routes) => {
    const inside = dashboardRoutes(ctx, routes);
    closing.push(mountLogin(ctx, routes, inside).close);
    closing.push(mountForgotPassword(ctx, routes).close);
    mountOverview(inside);
    mountCertificateList(inside);
    mountSelection(inside);
    mountCertificate(inside);
    mountEvidence(inside);
    mountRevocations(inside);
    mountRevocation(inside);
    mountContacts(inside, check);
    mountScrubs(inside);
    mountWallet(inside);
    mountStatements(inside);
    mountTopUps(inside);
    mountLowBalance(inside);
    mountAudit(inside);
    mountAccess(inside);
    mountProperties(inside);
    mountSettings(inside);
    mountIntegrations(inside);
    mountWebhooks(inside);
    mountPeople(inside);
    mountAccount(inside);
  });
  const close = (): void => {
    for (const one of closing) one();
  };
  return { router, close };
}
