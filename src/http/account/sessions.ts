import { endSession, signOutEverywhere } from '../../core/accounts/end-session';
import { putNoticeAway } from '../../core/accounts/tell-of-wrong';
import type { PageCall, Redirect } from '../pages/page-router';
import type { SignInCookies } from '../pages/sign-in-cookies';
import type { OwnAccount } from './own-account';

/** What an area has of its own. */
export interface OwnSessions<Call extends PageCall, Shown> extends OwnAccount<Call, Shown> {
  cookies: SignInCookies;
  /** Where people sign in. */
  login: string;
  /** Back to the account's page, which says so. */
  sayingEnded: (call: Call) => Redirect;
}

/** Ending one's own sessions, and putting away the notice of wrong passwords and codes. */
export function mountSessions<Call extends PageCall, Shown>(area: OwnSessions<Call, Shown>): void {
  const { ctx, post, route, path, who } = area;
  post(`${route}/sessions/:session_id/end`, async (call) => {
    const own = who(call);
    const sessionId = String(call.request.params.session_id);
    if (own) await endSession({ ctx, ...own, sessionId });
    return area.sayingEnded(call);
  });
  post(`${route}/sign-out-everywhere`, async (call) => {
    const own = who(call);
    if (!own) return { redirect: call.link(path) };
    await signOutEverywhere({ ctx, ...own });
    area.cookies.dropSession(call.response, ctx.config);
    return { redirect: call.link(`${area.login}?everywhere=1`) };
  });
  post(`${route}/notice`, async (call) => {
    const own = who(call);
    if (own) await putNoticeAway({ ctx, account: own.account });
    return { redirect: call.link(path) };
  });
}
