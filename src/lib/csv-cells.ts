/** What a spreadsheet takes for the start of a formula; full-width forms too. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Quotes text that a spreadsheet would evaluate. */
export function inert(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
