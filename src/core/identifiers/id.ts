import { visibleText } from './visible-text';

/** The longest id accepted. */
export const ID_MAX_CHARACTERS = 200;

/** What an id consists of. */
export const ID_CHARACTERS = /^[^\u0000-\u001f\u007f]*$/;

/** An id without what is invisible in it, and without white space around it. */
export function normalizeId(text: string): string {
  return visibleText(text);
}

/** Whether a text in its normal form can be an id: 1 to 200 characters, no control characters. */
export function isId(text: string): boolean {
  return text !== '' && text.length <= ID_MAX_CHARACTERS && ID_CHARACTERS.test(text);
}
