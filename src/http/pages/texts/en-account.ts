import { plural } from './en-units';

const codes = (count: number): string =>
  `${count.toLocaleString('en')} recovery ${count === 1 ? 'code' : 'codes'}`;

/** The English texts of what people do with their own account, on the dashboard or as operators. */
export const account = {
  wrongPasswords: (count: number, at: string, ip: string) =>
    `${plural(count, 'wrong password was', 'wrong passwords were')} entered for your account, the last one on ${at} from ${ip}. If that was not you, nothing is lost: only the right password opens it. Change it if you use it anywhere else.`,
  wrongCodes: (count: number, at: string, ip: string) =>
    `After your right password, ${plural(count, 'wrong code was', 'wrong codes were')} entered, the last one on ${at} from ${ip}. If that was not you, somebody knows your password: change it now.`,
  putAway: 'I have seen this',
  cancel: 'Cancel',
  none: 'None',
  signInCode: {
    code: 'Code',
    lead: 'Your password is only the first step: your account has two-step sign-in.',
    hint: 'The six digits in your authenticator app, or one of your recovery codes.',
    button: 'Sign in',
    again: 'Start again',
    startAgain: 'That took too long, or your account has changed. Sign in again.',
    everywhere: 'You were signed out everywhere.',
  },
  passwordFirst: {
    title: 'Confirm that it is you',
    note: 'You signed in more than ten minutes ago, and this matters. Nothing has been changed yet.',
    password: 'Your password',
    button: 'Go on',
  },
  twoStep: {
    title: 'Two-step sign-in',
    account: 'My account',
    off: 'Off. With it your password alone opens nothing: signing in takes a code from your phone besides.',
    on: (since: string) => `On since ${since}. Signing in takes a code from your phone.`,
    turnOn: 'Turn on two-step sign-in',
    turnOff: 'Turn off',
    newCodes: 'New recovery codes',
    left: (count: number) => `${codes(count)} left, in case you lose your phone.`,
    fewLeft: 'Make new ones before you run out.',
    app: 'Scan this with an authenticator app, such as the one of your password manager or of your phone.',
    picture: 'QR code with the key below',
    key: 'Or type this key into it',
    keyLabel: 'the key',
    code: 'Code',
    codeHint: 'The six digits that the app shows now.',
    anyCodeHint: 'The six digits in your authenticator app, or one of your recovery codes.',
    ownPassword: 'Your password',
    ownPasswordHint: 'Your own, to be sure that it is you.',
    turnOnNote: 'Turning it on signs you out everywhere else.',
    offTitle: 'Turn two-step sign-in off?',
    offNote:
      'Your password alone opens your account from then on. Your recovery codes stop working.',
    codesTitle: 'Make new recovery codes?',
    codesNote: 'The earlier ones stop working at once.',
    codes: 'Recovery codes',
    codesMade:
      'These are your recovery codes. Each signs you in once if you lose your phone: print them, or keep them in your password manager.',
    turnedOff: 'Two-step sign-in is off.',
    expired: 'This took too long. Scan the new picture and begin again.',
    onAlready: 'Two-step sign-in is on already.',
  },
  sessions: {
    title: 'Where you are signed in',
    caption: 'Sessions',
    browser: 'Browser',
    nameOf: (browser: string | null, system: string | null) =>
      system === null
        ? (browser ?? 'Unknown browser')
        : `${browser ?? 'Unknown browser'} on ${system}`,
    current: 'this one',
    ip: 'IP',
    since: 'Since',
    lastSeen: 'Last seen',
    actions: 'Actions',
    end: 'End',
    endOne: (name: string) => `End the session in ${name}`,
    ended: 'The session was ended.',
    everywhere: 'Sign out everywhere',
    everywhereNote: 'This browser too.',
  },
};
