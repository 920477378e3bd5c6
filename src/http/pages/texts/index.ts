import { en } from './en';
import { es } from './es';

/** Every text of every page. */
export type Texts = typeof en;

/** Areas of pages, each with texts of its own. */
export type Area = 'portal' | 'dashboard' | 'operator' | 'docs';

/**
 * A language is one file of this type, listed below: what consumers read, and the other areas as far
 * as they are translated. An area that it leaves out is shown in the visitor's next language; texts of
 * accounts go with those of dashboard and operator.
 */
export type Translation = Omit<Texts, Area | 'account'> & Pick<Texts, 'portal'> & Partial<Texts>;

/** Languages by tag; the first has every area, and is for visitors who know none of the others. */
export const LANGUAGES: Readonly<Record<string, Translation>> = { en, es };

/** The texts of a language for an area; null when the area is not translated. */
export function textsOf(tag: string, area: Area): Texts | null {
  const translation = LANGUAGES[tag];
  return translation?.[area] ? { ...en, ...translation } : null;
}
