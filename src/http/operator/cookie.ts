import { SESSION_MAX_MS } from '../../core/accounts/session-life';
import { signInCookies } from '../pages/sign-in-cookies';
import { LOGIN } from './paths';

/** Sent to the operator's pages and the queue board. */
export const COOKIES = signInCookies({
  session: 'rescind_operator',
  device: 'rescind_operator_device',
  pending: 'rescind_operator_pending',
  path: '/operator',
  login: LOGIN,
  sessionMs: SESSION_MAX_MS,
});

export const { sessionSecret, deviceMark, giveSession, dropSession, giveDevice } = COOKIES;
