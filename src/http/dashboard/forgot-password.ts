import type { Context } from '../../context';
import { normalizeEmail } from '../../core/identifiers/email';
import { isRead } from '../../core/messages/sender';
import { requestReset } from '../../core/users/request-reset';
import { AppError } from '../../errors';
import { baseUrl } from '../base-url';
import { clientIp } from '../client-ip';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import { perIpLimit, RateCounter } from '../rate-counter';
import { invitationPath } from './login';
import { PREFIX } from './sign-in-first';

const PATH = '/forgot-password';
const IP_WINDOW_MS = 15 * 60_000;
const REQUESTS_PER_IP = 20;
const ADDRESS_WINDOW_MS = 60 * 60_000;
const REQUESTS_PER_ADDRESS = 5;

/** Asking for a new password by mail, where mails can be sent. Answers alike whoever is known. */
export function mountForgotPassword(ctx: Context, routes: PageRoutes): { close: () => void } {
  const byIp = new RateCounter(ctx, 'forgot-password', IP_WINDOW_MS);
  const byAddress = new RateCounter(ctx, 'forgot-password-address', ADDRESS_WINDOW_MS);
  const close = (): void => {
    byIp.shutdown();
    byAddress.shutdown();
  };
  if (!isRead(ctx.config, 'email')) return { close };
  routes.get(PATH, (call) => page(call));
  routes.post(PATH, (call) => request(ctx, byAddress, call), {
    before: [perIpLimit(ctx, byIp, { limit: REQUESTS_PER_IP })],
  });
  return { close };
}

function page({ t, request }: PageCall, wrong?: { typed: string; error: string }): Page {
  const sent = !wrong && request.query.sent === '1';
  const words = t.dashboard.forgotPassword;
  return {
    status: wrong ? 400 : 200,
    template: 'dashboard/forgot-password',
    title: sent ? words.sent : words.title,
    data: { d: t.dashboard, sent, ...wrong },
  };
}

async function request(
  ctx: Context,
  byAddress: RateCounter,
  call: PageCall,
): Promise<Page | Redirect> {
  const typed = field(call.request, 'email');
  const ip = clientIp(call.request);
  const linksAt = baseUrl(call.request, ctx.config.publicUrl) + invitationPath('');
  const address = ctx.identifiers.current('forgot-password', normalizeEmail(typed) ?? typed);
  const { totalHits } = await byAddress.increment(address);
  try {
    // Beyond that the answer is the same, and nobody's mailbox is filled.
    if (totalHits <= REQUESTS_PER_ADDRESS) await requestReset({ ctx, email: typed, ip, linksAt });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error;
    return page(call, { typed, error: call.t.dashboard.errors.email });
  }
  return { redirect: call.link(`${PREFIX}${PATH}?sent=1`) };
}
