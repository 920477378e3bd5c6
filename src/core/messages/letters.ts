// What mails to people at companies say. In English, as their dashboard is: which languages they speak is not known.
import type { Letter, Piece } from './compose-mail';

/** A mail to somebody with an account at a company. */
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
