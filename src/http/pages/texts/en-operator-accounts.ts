import { audit } from './en-audit';

const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What entries say happened that are in the operators' audit only. */
const actions = {
  'operator.invited': 'Operator invited',
  'operator.joined': 'Operator joined',
  'operator.removed': 'Operator removed',
  'operator.reset_issued': 'Operator’s password link made',
  'operator.password_reset': 'Operator’s password set by link',
  'operator.password_changed': 'Operator’s password changed',
  'operator.signed_in': 'Operator signed in',
  'operator.signed_out': 'Operator signed out',
  'operator.wrong_passwords': 'Wrong passwords for an operator',
  'queue.paused': 'Queue paused',
  'queue.resumed': 'Queue resumed',
  'job.promoted': 'Job brought forward',
  'jobs.retried': 'Jobs of a queue tried again',
  'jobs.promoted': 'Jobs of a queue brought forward',
};

/** The English texts about operators: who they are, how they sign in, and what they did. */
export const operatorAccountTexts = {
  signOut: 'Sign out',
  byToken: 'Operator token',
  roles: { admin: 'admin', viewer: 'viewer' },
  viewerNote: 'You can see everything but change nothing. Ask an admin to make changes.',
  wrongPasswords: (count: number, at: string, ip: string) =>
    `${plural(count, 'wrong password was', 'wrong passwords were')} entered for your account, the last one on ${at} from ${ip}. If that was not you, nothing is lost: only the right password opens it. Change it if you use it anywhere else.`,
  putAway: 'I have seen this',
  refused: {
    admins: {
      heading: 'For admins only',
      text: 'Your role is viewer: you can look, but change nothing. Ask an admin.',
    },
    heading: 'Nothing was changed',
    earlier: 'This page was from an earlier session. Open it again, then try once more.',
  },
  login: {
    title: 'Sign in as an operator',
    email: 'Email',
    emailHint: 'Or the name “operator”, with the operator token as the password.',
    password: 'Password',
    button: 'Sign in',
    wrong: 'Email and password do not belong together.',
    locked: (minutes: number) =>
      `There were too many attempts. Wait ${plural(minutes, 'minute', 'minutes')}, then try again.`,
    lost: 'You were signed out, so nothing was changed. Sign in, then try again.',
    ready: 'Your password is set. Sign in with it now.',
    forgotten: 'Forgotten your password? Another operator can make a link for a new one.',
  },
  link: {
    title: 'Choose a password',
    for: 'For the operator',
    password: 'New password',
    hint: 'At least 12 characters. A few unrelated words are easy to remember.',
    button: 'Set password',
    gone: 'This link is no longer valid',
    goneText: 'It has been used or replaced, or it is more than 72 hours old. Ask for a new one.',
  },
  operators: {
    title: 'Operators',
    tabsLabel: 'Operators',
    tabs: { operators: 'Operators', account: 'My account' },
    note: 'Whoever is here may sign in to these pages and to the queue board. The operator token always works beside them.',
    caption: 'Operators',
    empty: 'Nobody has been invited yet: only the operator token opens these pages.',
    email: 'Email',
    role: 'Role',
    roleHint: 'Admins may change everything; viewers may only look.',
    state: 'State',
    states: { invited: 'Invited', active: 'Active' },
    since: 'Since',
    linkUntil: 'link until',
    you: 'you',
    invite: 'Invite an operator',
    inviteButton: 'Make sign-in link',
    taken: 'There is an operator with this email already.',
    ownPassword: 'Your password',
    ownPasswordHint: 'Your own, to be sure that it is you: the link opens an account.',
    link: 'Link',
    linkNote: (email: string, until: string) =>
      `Send this link to ${email}. It works once, until ${until}.`,
    reset: 'Make new link',
    resetOne: (email: string) => `Make new link for ${email}`,
    resetTitle: (email: string) => `Make a link by which ${email} chooses a new password?`,
    resetNote:
      'It replaces any earlier link. Their password works until they use it. The link ends when they change their password, and when you leave.',
    remove: 'Remove',
    removeOne: (email: string) => `Remove ${email}`,
    removeTitle: (email: string) => `Remove ${email}?`,
    removeNote:
      'They are signed out at once, and links that they made stop working. What they have done stays in the audit log.',
  },
  account: {
    title: 'My account',
    byToken:
      'You are signed in with the operator token, which has no password of its own. It is changed in the service’s settings.',
    passwordTitle: 'Password',
    note: 'Changing your password signs you out everywhere else.',
    current: 'Current password',
    next: 'New password',
    button: 'Change password',
  },
  audit: {
    title: 'Audit log',
    note: 'What operators have changed: here, on the queue board and by the API. Changes to a company are in its own log, too.',
    any: 'Any',
    action: 'What',
    actions: { ...audit.actions, ...actions } as Record<string, string>,
    at: 'Time',
    actor: 'Who',
    system: 'Rescind',
    company: 'Company ID',
    reason: 'Details',
    ip: 'IP',
    from: 'From',
    to: 'until',
    button: 'Filter',
    clear: 'Clear',
    caption: 'Entries, newest first',
    empty: 'No entry was found. Clear a filter, or choose more days.',
    wrong: 'This cannot be searched for.',
    wrongDay: 'Enter a day.',
  },
};
