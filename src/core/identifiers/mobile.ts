import { parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js';
import { phoneText } from './phone-text';

/** Why a text is no phone number: it cannot be one, or only its country would make it one. */
export type MobileProblem = 'invalid' | 'needs_country';

const DEFAULT_COUNTRY = 'US';
/**
 * The North American numbering plan: no area code and no exchange starts with 0 or 1; area codes N9X
 * and N11 are not given out.
 */
const NORTH_AMERICAN = /^(?!.11)[2-9][0-8]\d[2-9]\d{6}$/;
/** What is longer can be no number of the default country. */
const NATIONAL_MAX_DIGITS = 11;
const WITH_COUNTRY_MIN_DIGITS = 8;
const MAX_DIGITS = 15;

/**
 * Reads a phone number however it is written: see `phoneText`.
 * @returns the number in E.164 (`+14155550100`), read as one of the US where it names no country; or
 * the problem. Never a number that may be somebody else's.
 */
export function readMobile(text: string): { number: string } | { problem: MobileProblem } {
  const written = phoneText(text);
  if (written === null) return { problem: 'invalid' };
  const phone = parsePhoneNumberFromString(written, DEFAULT_COUNTRY);
  if (phone && canExist(phone)) return { number: phone.number };
  if (written.startsWith('+')) return { problem: 'invalid' };
  return withoutCountry(written);
}

/** E.164 form of a phone number, or null when it cannot be one. */
export function normalizeMobile(text: string): string | null {
  const read = readMobile(text);
  return 'number' in read ? read.number : null;
}

/** @param digits that are no number of the default country */
function withoutCountry(digits: string): ReturnType<typeof readMobile> {
  const { length } = digits;
  if (length < WITH_COUNTRY_MIN_DIGITS || length > MAX_DIGITS || isOneDigit(digits)) {
    return { problem: 'invalid' };
  }
  // The default country's shape, and yet none of its numbers: a slip of the pen.
  if (/^1?[2-9]\d{9}$/.test(digits)) return { problem: 'invalid' };
  // Many exports drop the plus sign. `41555501001` may be Swiss, or American with a digit too many.
  const isAmbiguous = length < NATIONAL_MAX_DIGITS || NORTH_AMERICAN.test(digits.slice(0, 10));
  if (/^0|^1/.test(digits) || (length <= NATIONAL_MAX_DIGITS && isAmbiguous)) {
    return { problem: 'needs_country' };
  }
  const phone = parsePhoneNumberFromString(`+${digits}`);
  // This is a guess, and has to be one of the numbers that its country gives out.
  return phone && canExist(phone) && phone.isValid()
    ? { number: phone.number }
    : { problem: 'needs_country' };
}

/** By its country's plan only, so that a person whose number is new, or old, can revoke. */
function canExist(phone: PhoneNumber): boolean {
  const { nationalNumber, countryCallingCode } = phone;
  if (!phone.isPossible() || isOneDigit(nationalNumber)) return false;
  return countryCallingCode !== '1' || NORTH_AMERICAN.test(nationalNumber) || phone.isValid();
}

function isOneDigit(digits: string): boolean {
  return /^(\d)\1*$/.test(digits);
}
