import { en } from './en';

/** Every text of every page. Another language is one more file that has this type. */
export type Texts = typeof en;

/** Languages by their tags; the first one is for those who asked for none of them. */
export const LANGUAGES: Readonly<Record<string, Texts>> = { en };
