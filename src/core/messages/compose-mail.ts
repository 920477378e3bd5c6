import type { Wording } from './sender';

/** A part of a mail: a paragraph, a link to follow, or facts one below the other. */
export type Piece =
  string | { url: string; button: string } | { facts: readonly (readonly [string, string])[] };

/** What a mail says, before it is made into text and HTML. */
export interface Letter {
  /** Tag of its language. */
  lang: string;
  subject: string;
  heading: string;
  pieces: readonly Piece[];
}

/** The light colours of `static/css/tokens.css`: mail programs take neither variables nor style sheets. */
const STYLES = {
  page: "margin:0;padding:24px 16px;background:#f6f7f9;color:#14171f;font:16px/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif",
  column: 'max-width:520px;margin:0 auto',
  brand: 'margin:0 0 12px;font-weight:600',
  card: 'padding:24px;background:#fff;border:1px solid #e4e7ec;border-radius:8px',
  heading: 'margin:0 0 16px;font-size:20px;line-height:28px',
  paragraph: 'margin:0 0 16px;color:#4a5160',
  button:
    'display:inline-block;padding:8px 16px;background:#2553d4;color:#fff;border-radius:6px;font-weight:600;text-decoration:none',
  url: 'color:#2553d4;font-size:13px;word-break:break-all',
  label: 'padding:0 16px 4px 0;color:#5d6475;text-align:left;vertical-align:top;font-weight:400',
  value: 'padding:0 0 4px;vertical-align:top',
} as const;

/** Makes a mail into text and HTML that say the same: no pictures, and nothing from elsewhere. */
export function composeMail({ lang, subject, heading, pieces }: Letter): Wording {
  return {
    subject,
    text: `${[heading, ...pieces.map(asText)].join('\n\n')}\n`,
    html: [
      `<!doctype html><html lang="${escaped(lang)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>`,
      `<body style="${STYLES.page}"><div style="${STYLES.column}"><p style="${STYLES.brand}">Rescind</p>`,
      `<div style="${STYLES.card}"><h1 style="${STYLES.heading}">${escaped(heading)}</h1>`,
      ...pieces.map(asHtml),
      '</div></div></body></html>',
      '',
    ].join('\n'),
  };
}

function asText(piece: Piece): string {
  if (typeof piece === 'string') return piece;
  if ('url' in piece) return piece.url;
  return piece.facts.map(([name, value]) => `${name}: ${value}`).join('\n');
}

function asHtml(piece: Piece): string {
  if (typeof piece === 'string') return paragraph(escaped(piece));
  if ('url' in piece) {
    const url = escaped(piece.url);
    const button = `<a href="${url}" style="${STYLES.button}">${escaped(piece.button)}</a>`;
    return paragraph(button) + paragraph(`<a href="${url}" style="${STYLES.url}">${url}</a>`);
  }
  const rows = piece.facts.map(
    ([name, value]) =>
      `<tr><th scope="row" style="${STYLES.label}">${escaped(name)}</th><td style="${STYLES.value}">${escaped(value)}</td></tr>`,
  );
  return `<table style="margin:0 0 16px;border-collapse:collapse"><tbody>${rows.join('')}</tbody></table>`;
}

function paragraph(html: string): string {
  return `<p style="${STYLES.paragraph}">${html}</p>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Names of companies are theirs to choose: none becomes markup. */
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
