// What mails to people at companies and to operators say. In English, as their pages are: which languages they speak is not known.
import type { Letter, Piece } from './compose-mail';

/** A mail to somebody with an account. */
function letter(subject: string, pieces: readonly Piece[]): Letter {
  return { lang: 'en', subject, heading: subject, pieces };
}

/** Brings the link that somebody asked for who forgot their password. */
export function forgottenPassword(company: string, url: string): Letter {
  return letter(`New password for the dashboard of ${company}`, [
    `Somebody, hopefully you, asked for a new password for your account at the dashboard of ${company}. Choose it here:`,
    { url, button: 'Choose a new password' },
    'The link works once, within one hour. Your old password works until then.',
    'If you did not ask for it, you can ignore it: nothing happens unless you follow the link.',
  ]);
}

/** What an account opens, and who lets its person in again. */
export interface Opened {
  name: string;
  helper: string;
}

/** The dashboard of a company by its name. */
export function dashboardOf(company: string): Opened {
  return { name: `the dashboard of ${company}`, helper: 'an admin of your company' };
}

export const OPERATORS_PAGES: Opened = {
  name: 'the operator’s pages of Rescind',
  helper: 'another operator',
};

/** When and from where something was done, as a notice tells it. */
export interface Occasion {
  at: Date;
  ip: string | null;
  /** Of whom it is told; null or absent: UTC. */
  timeZone?: string | null | undefined;
}

/** Somebody has signed in, in a browser that is not known. */
export function newDevice(opened: Opened, email: string, occasion: Occasion): Letter {
  return letter('New sign-in to your account', [
    `Somebody signed in to ${opened.name} in a browser in which you had not signed in before.`,
    { facts: [['Account', email], ...factsOf(occasion)] },
    'If that was you, there is nothing to do. If it was not, change your password at once: that signs everybody else out.',
  ]);
}

/** The password was changed. */
export function newPassword(opened: Opened, email: string, occasion: Occasion): Letter {
  return letter('Your password was changed', [
    `The password of your account at ${opened.name} was changed. Whoever was signed in elsewhere was signed out.`,
    { facts: [['Account', email], ...factsOf(occasion)] },
    `If that was you, there is nothing to do. If it was not, somebody else has your account: ask ${opened.helper} for a link to choose a new password, at once.`,
  ]);
}

/** Many wrong passwords were entered. */
export function wrongPasswords(count: number): Letter {
  return letter('Wrong passwords for your account', [
    `${String(count)} wrong passwords were entered for your account within a day.`,
    'If that was you, there is nothing to do. If it was not, your account is still safe: only the right password opens it, and whoever guesses has to wait longer each time. Change your password if you use it anywhere else.',
  ]);
}

/** Many wrong codes were entered after the right password. */
export function wrongCodes(count: number): Letter {
  return letter('Wrong codes for your account', [
    `After your right password, ${String(count)} wrong codes were entered for your account.`,
    'If that was you, there is nothing to do. If it was not, somebody knows your password: change it at once. Without a code they have not got in.',
  ]);
}

/** Two-step sign-in was turned off, by the person or by an operator. */
export function twoStepOff(opened: Opened, email: string, occasion: Occasion): Letter {
  return letter('Two-step sign-in was turned off', [
    `Two-step sign-in of your account at ${opened.name} was turned off: the password alone opens it from now on.`,
    { facts: [['Account', email], ...factsOf(occasion)] },
    'If you wanted that, there is nothing to do. If not, change your password and turn it on again, at once.',
  ]);
}

function factsOf({ at, ip, timeZone }: Occasion): [string, string][] {
  const time = at.toLocaleString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: timeZone ?? 'UTC',
    timeZoneName: 'short',
  });
  return [['Time', time], ...(ip === null ? [] : [['IP address', ip] as [string, string]])];
}

/** A wallet's balance has fallen below the threshold that its company has set; amounts as text. */
export function lowBalance(company: string, threshold: string, available: string): Letter {
  return letter(`The balance of ${company} is low`, [
    `What ${company} can spend on checks has fallen below ${threshold}.`,
    { facts: [['Available', available]] },
    'Top up in the dashboard, under “Wallet”. Checks are refused once it is used up; revocations never are.',
    'This comes once each time the balance falls below that amount, which an admin can change under “Wallet”.',
  ]);
}

/** A webhook endpoint was disabled; named by its host, as paths can be secrets. */
export function webhooksDisabled(host: string, reason: 'gone' | 'failing'): Letter {
  const why =
    reason === 'gone'
      ? 'It answered 410 (Gone), by which an endpoint says that it wants no more.'
      : 'Nothing that was sent to it for five days has succeeded.';
  return letter('A webhook endpoint was disabled', [
    `Your webhook endpoint at ${host} gets no more events. ${why}`,
    'Enable it again in the dashboard, under “Settings”, “Webhooks”, and replay what it has missed. Revocations hold all the same: every check says no.',
  ]);
}
