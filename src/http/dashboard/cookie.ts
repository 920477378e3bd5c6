import { SESSION_MAX_MS } from '../../core/accounts/session-life';
import { signInCookies } from '../pages/sign-in-cookies';
import { LOGIN, PREFIX } from './sign-in-first';

/** Sent to the dashboard only. */
export const COOKIES = signInCookies({
  session: 'rescind_session',
  device: 'rescind_device',
  pending: 'rescind_pending',
  path: PREFIX,
  login: LOGIN,
  sessionMs: SESSION_MAX_MS,
});

export const { sessionSecret, deviceMark, giveSession, dropSession, giveDevice } = COOKIES;
