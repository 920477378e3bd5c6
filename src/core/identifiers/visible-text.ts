/** What is longer, with all that stands around it, is no email and no phone number. */
export const TYPED_MAX_CHARACTERS = 1_000;

/**
 * What nobody sees: format characters, variation selectors, fillers (Unicode `Cf` and
 * `Default_Ignorable_Code_Point`). They come along with what is copied from a page or a chat.
 */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Full-width forms of ASCII, and the ideographic space. */
const FULL_WIDTH = /[\uff01-\uff5e\u3000]/g;
const FULL_WIDTH_OFFSET = 0xfee0;
/** White space and what spreadsheets, lists and letters put around a value. */
const AROUND = `\\s'"\`´‘’‚‛“”„‟«»‹›`;
const LEADING = new RegExp(`^[=${AROUND},;:<]+`, 'u');
const TRAILING = new RegExp(`[${AROUND},;:!?>]+$`, 'u');

/** Text without what is invisible, and without white space around it. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, '').trim();
}

/** Full-width letters, digits and signs as plain ones. */
export function withoutWidth(text: string): string {
  return text.replace(FULL_WIDTH, (character) =>
    character === '\u3000' ? ' ' : String.fromCharCode(character.charCodeAt(0) - FULL_WIDTH_OFFSET),
  );
}

/** Text without quotes, `="…"` of spreadsheets, brackets and list separators around it. */
export function unwrapped(text: string): string {
  const bare = text.replace(LEADING, '').replace(TRAILING, '');
  const inner = /^(?:\((.*)\)|\[(.*)\]|\{(.*)\})$/su.exec(bare);
  if (!inner) return bare;
  const inside = inner[1] ?? inner[2] ?? inner[3] ?? '';
  // `(415) 555 (home)` is not wrapped as a whole.
  return /[()[\]{}]/.test(inside) ? bare : unwrapped(inside);
}
