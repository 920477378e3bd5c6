// No collection: what begins with a text.

/** The last of all code points: nothing that goes on after a text comes after it. */
const LAST = '\u{10ffff}';

/** The condition for strings that begin with `text`: a range, which an index of the field serves. */
export function beginningWith(text: string): { $gte: string; $lt: string } {
  return { $gte: text, $lt: text + LAST };
}
