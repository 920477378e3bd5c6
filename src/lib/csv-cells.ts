/** What a spreadsheet takes for the start of a formula, in full width too. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Text that no spreadsheet calculates. */
export function inert(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
