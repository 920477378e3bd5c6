import { endSession, signOutEverywhere } from '../../core/users/end-session';
import { PATH } from './account-page';
import { dropSession } from './cookie';
import type { DashboardRoutes } from './dashboard-route';
import { LOGIN } from './sign-in-first';

/** Ending one's own sessions, a part of the account's page. */
export function mountSessions({ ctx, post }: DashboardRoutes): void {
  post(
    '/settings/account/sessions/:session_id/end',
    async ({ by, request }) => {
      await endSession({ ctx, by, sessionId: String(request.params.session_id) });
      return { redirect: `${PATH}?saved=session` };
    },
    { viewersToo: true },
  );
  post(
    '/settings/account/sign-out-everywhere',
    async ({ by, response }) => {
      await signOutEverywhere({ ctx, by });
      dropSession(response, ctx.config);
      return { redirect: `${LOGIN}?everywhere=1` };
    },
    { viewersToo: true },
  );
}
