import { readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(path.dirname(require.resolve('lucide-static/package.json')), 'icons');
const SVG =
  '<svg class="icon" aria-hidden="true" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">';
const drawn = new Map<string, string>();

/**
 * An icon of lucide as SVG for a page, 16 px unless a style says otherwise; read once. It says nothing
 * to a screen reader: the text beside it does.
 * @param name as on lucide.dev, for example `circle-check`
 */
export function icon(name: string): string {
  const known = drawn.get(name);
  if (known !== undefined) return known;
  const svg = readFileSync(path.join(FOLDER, `${name}.svg`), 'utf8')
    .replace(/<!--.*?-->/s, '')
    .replace(/<svg[^>]*>/, SVG)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  drawn.set(name, svg);
  return svg;
}
