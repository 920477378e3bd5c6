/**
 * A text as it compares without regard to case: full case folding of Unicode (CaseFolding.txt, C and
 * F), so that `ß`, `ẞ` and `SS` are alike, and `Σ`, `σ` and `ς`. The language does not matter.
 * @param text in NFC
 */
export function foldCase(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return text.toLowerCase();
  // Upper case spells out what has no single letter there; the dotless ı would become an i.
  return text
    .split('ı')
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ'))
    .join('ı')
    .normalize('NFC');
}
