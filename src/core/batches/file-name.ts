import { visibleText } from '../identifiers/visible-text';

/** The longest name kept. */
const MAX_CHARACTERS = 200;

/** The name of an uploaded file as it is kept: without folders and invisible characters; null: none. */
export function fileName(given: string | undefined): string | null {
  const last = (given ?? '').split(/[/\\]/).at(-1) ?? '';
  const clean = visibleText(last.replace(/[\p{Cc}\p{Cs}]/gu, ''));
  const kept = Array.from(clean).slice(0, MAX_CHARACTERS).join('');
  return kept === '' ? null : kept;
}
