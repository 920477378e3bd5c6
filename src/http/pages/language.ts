import type { Request } from 'express';
import { type Area, LANGUAGES, type Texts, textsOf } from './texts';

/** The language in which a request is answered. */
export interface Language {
  tag: string;
  t: Texts;
  /** Asked for by `?lang=`, which links then keep. */
  explicit: boolean;
}

/** What `?lang=` asks for, else the browser's first language that the area has, else our first. */
export function languageOf(request: Request, area: Area): Language {
  const asked = typeof request.query.lang === 'string' ? request.query.lang : null;
  const available = languagesOf(area).map(({ tag }) => tag);
  const tag = chooseLanguage(available, asked, request.get('accept-language'));
  const t = textsOf(tag, area);
  if (!t) throw new Error('there is no language');
  return { tag, t, explicit: asked !== null && primary(asked) === primary(tag) };
}

/** The languages of an area, each with its own name for itself. */
export function languagesOf(area: Area): { tag: string; name: string }[] {
  return Object.keys(LANGUAGES).flatMap((tag) => {
    const texts = textsOf(tag, area);
    return texts ? [{ tag, name: texts.language }] : [];
  });
}

/**
 * Chooses one of `available`, comparing primary subtags (`de-AT` finds `de`).
 * @param acceptLanguage as browsers send it, `da, en-gb;q=0.8`
 */
export function chooseLanguage(
  available: readonly string[],
  asked: string | null,
  acceptLanguage = '',
): string {
  const wanted = acceptLanguage
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const quality = parameters.map((one) => /^\s*q=([\d.]+)$/.exec(one)?.[1]).find(Boolean);
      return { tag, quality: Number(quality ?? 1) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
  for (const tag of asked === null ? wanted : [asked, ...wanted]) {
    const found = available.find((one) => primary(one) === primary(tag));
    if (found !== undefined) return found;
  }
  return available[0] ?? 'en';
}

function primary(tag: string): string {
  return (tag.split('-')[0] ?? '').toLowerCase();
}

/** Makes links that keep the language that was asked for. */
export function linkIn({ tag, explicit }: Language): (path: string) => string {
  return (path) => {
    if (!explicit) return path;
    return `${path}${path.includes('?') ? '&' : '?'}lang=${encodeURIComponent(tag)}`;
  };
}
