import { SESSION_MAX_MS } from '../../core/users/session-life';
import { signInCookies } from '../pages/sign-in-cookies';

/** Sent to the operator's pages and the queue board. */
export const { sessionSecret, deviceMark, giveSession, dropSession, giveDevice } = signInCookies({
  session: 'rescind_operator',
  device: 'rescind_operator_device',
  path: '/operator',
  sessionMs: SESSION_MAX_MS,
});
