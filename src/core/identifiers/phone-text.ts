import { TYPED_MAX_CHARACTERS, unwrapped, visibleText, withoutWidth } from './visible-text';

const SCHEME = /^(?:tel|sms|callto|phone|mobile|cell|whatsapp)\s*[:.]\s*(?:\/\/)?/iu;
/** RFC 3966. */
const CONTEXT = /;phone-context=(\+\d+)/i;
const PARAMETERS = /;(?:phone-context|isub|postd|ext|tsp|cic)=.*$/iu;
/** `x12`, `ext. 12`, `#12`, and the pauses that telephones dial: `,,12`. */
const EXTENSION =
  /(?<=\d[\s)]*)[\s,;]*(?:(?:extension|extn|ext|int|anexo|x|#|~)[.:]?|,{2,}|;)\s*\d{1,7}#?$/iu;
/** Hyphens and dashes of every kind, the minus sign, and the long-vowel mark of Japanese. */
const DASHES = /[\p{Pd}\u2212\u30fc]/gu;
const DOTS = /[\u00b7\u2022\u2219\u22c5\u30fb\uff65]/gu;
const PICTURES = /[\p{So}\p{Extended_Pictographic}]/gu;
/** A word that stands apart from the number: `home 415 555 0100`, `415 555 0100 (office)`. */
const LABEL = /(?<=^|\s)\(?\p{L}[\p{L}.]*\)?:?(?=\s|$)/gu;
const PLAIN = /^\+?[\d\s().\-/]+$/;
/** Letters as on a keypad, at the end, after an area code in digits; a single `O` is a slip. */
const VANITY = /^(?:\+?1)?[\s().-]*\d{3}[\d\s().-]*(?:[A-Z][\s.-]?){3,}$/i;
const NORTH_AMERICAN_DIGITS = /^(?:\+?1)?\d{10}$/;
const KEYS = ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'];
/** So many digits may be missing at the end of `4.1555501E9`, as zeros. */
const MAX_DROPPED_ZEROS = 2;

/**
 * The digits of a phone number as it was written, with `+` before them if it names its country; null
 * when it is something else. Understands every script's digits, Unicode dashes, `tel:` and its
 * parameters, extensions (left out), labels, `(+1)`, `00`, letters, and what spreadsheets make of
 * numbers (`4155550100.0`, `3.108207129E9`).
 */
export function phoneText(text: string): string | null {
  if (text.length > TYPED_MAX_CHARACTERS) return null;
  const visible = withAsciiDigits(withoutWidth(visibleText(text))).replace(PICTURES, ' ');
  if (/(?!\s)\p{Cc}/u.test(visible)) return null;
  const context = CONTEXT.exec(visible)?.[1] ?? '';
  const number = unwrapped(visible)
    .replace(SCHEME, '')
    .replace(PARAMETERS, '')
    .replace(DASHES, '-')
    .replace(DOTS, '.')
    .replace(/[\u2044\u2215]/g, '/')
    .trim();
  const bare = fromSpreadsheet(number.replace(EXTENSION, ''));
  if (bare === null) return null;
  const digits = digitsOf(bare);
  if (digits === null) return null;
  return context !== '' && !digits.startsWith('+') ? context + digits : digits;
}

/** Whether a text is meant as a phone number, even if it is none. */
export function looksLikePhone(text: string): boolean {
  const visible = withAsciiDigits(withoutWidth(visibleText(text)));
  if (SCHEME.test(visible)) return true;
  const number = unwrapped(visible).replace(EXTENSION, '').replace(DASHES, '-').replace(DOTS, '.');
  return /\d/.test(number) && /^[+\d\s().\-/,E]+$/.test(number);
}

function digitsOf(text: string): string | null {
  const number = keyed(text) ?? text.replace(LABEL, ' ').trim();
  // `(+1)`.
  const plain = number.replace(/^[()\s]*\+[\s()]*/, '+');
  if (!PLAIN.test(plain)) return null;
  const digits = plain.replace(/[^+\d]/g, '').replace(/^\+?00(?=[1-9])/, '+');
  return /\d/.test(digits) ? digits : null;
}

/** The digits for letters; undefined where there are none, or where they make no number. */
function keyed(text: string): string | undefined {
  if (!VANITY.test(text)) return undefined;
  const digits = text
    .toUpperCase()
    .replace(/[A-Z]/g, (letter) => String(KEYS.findIndex((key) => key.includes(letter)) + 2))
    .replace(/[^+\d]/g, '');
  return NORTH_AMERICAN_DIGITS.test(digits) ? digits : undefined;
}

/** A number that a spreadsheet took for a quantity; null when digits were lost by it. */
function fromSpreadsheet(text: string): string | null {
  const plain = /^\d{1,3}(?:,\d{3}){2,}(?=$|\.)/.test(text) ? text.replaceAll(',', '') : text;
  const whole = /^(\+?\d{5,})[.,]0+$/.exec(plain);
  if (whole) return whole[1] ?? null;
  const power = /^(\+?\d)(?:[.,](\d+))?E\+?(\d{1,2})$/i.exec(plain);
  if (!power) return plain;
  const [, first = '', rest = '', exponent = ''] = power;
  const decimals = rest.replace(/0+$/, '');
  const missing = Number(exponent) - decimals.length;
  if (missing < 0 || missing > MAX_DROPPED_ZEROS) return null;
  return first + decimals + '0'.repeat(missing);
}

/** Decimal digits of any script; each script's ten stand together, from its zero on. */
function withAsciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String((code - zero) % 10);
  });
}
