import type { DashboardRoutes } from './dashboard-route';

/** What happened at the company, and what is under way. */
export function mountOverview({ get }: DashboardRoutes): void {
  get('/', ({ t }) => ({
    section: 'overview',
    template: 'dashboard/overview',
    title: t.dashboard.overview.title,
  }));
}
