/** What a spreadsheet takes for the start of a formula; full-width forms too. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Quotes text that a spreadsheet would evaluate. */
export function inert(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** An international phone number as people write it, which a spreadsheet takes for a number at most. */
const PHONE = /^\+(?:[\s().-]*\d){7,15}[\s.]*$/;

/** The same, but leaves a phone number as it is: whoever reads the file on wants to call it. */
export function inertUnlessPhone(text: string): string {
  return FORMULA.test(text) && !PHONE.test(text) ? `'${text}` : text;
}
