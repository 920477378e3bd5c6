import { en } from './en';
import { es } from './es';

/** Every text of every page. */
export type Texts = typeof en;

/** Areas of pages, each with texts of its own. */
export type Area = 'portal' | 'dashboard' | 'operator';

/**
 * A language is one file of this type, named below: what consumers read, and the other areas as far
 * as they are translated. An area that it leaves out is in the next language that a visitor knows.
 */
export type Translation = Omit<Texts, Area> & Pick<Texts, 'portal'> & Partial<Texts>;

/** Languages by their tags; the first one has every area, and is for those who asked for none of them. */
export const LANGUAGES: Readonly<Record<string, Translation>> = { en, es };

/** The texts of a language for an area; null when it does not have them. */
export function textsOf(tag: string, area: Area): Texts | null {
  const translation = LANGUAGES[tag];
  return translation?.[area] ? { ...en, ...translation } : null;
}
