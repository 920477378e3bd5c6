import type { Cell, Explained, Section } from './explain';

const STYLE = `
:root{color-scheme:light;--ink:#161b2e;--muted:#5d6475;--line:#d5dae3;--soft:#f4f6f9;--good:#0b6b46;--bad:#a3231d}
*{box-sizing:border-box}
body{margin:0 auto;max-width:56rem;padding:2.5rem 1.25rem 4rem;color:var(--ink);background:#fff;font:1rem/1.55 Inter,"Segoe UI",system-ui,sans-serif}
h1{font-size:1.75rem;margin:0}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem;padding-top:1.25rem;border-top:1px solid var(--line)}
.id{margin:.25rem 0 1.25rem;color:var(--muted);font:.95rem/1.5 ui-monospace,Consolas,monospace;overflow-wrap:anywhere}
.verdict{margin:0;padding:.9rem 1.1rem;border:1px solid var(--line);border-left:.35rem solid var(--good);background:var(--soft);font-weight:600}
.verdict.bad{border-left-color:var(--bad)}
p,ul{margin:.6rem 0}
dl{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.35rem 1.5rem;margin:1rem 0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{width:100%;min-width:34rem;border-collapse:collapse;font-size:.925rem;margin:.75rem 0}
th,td{padding:.45rem .75rem .45rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{color:var(--muted);font-weight:600}
td:first-child{min-width:9.5rem}
pre{margin:.75rem 0;padding:.8rem 1rem;background:var(--soft);border:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;font:.9rem/1.5 ui-monospace,Consolas,monospace}
a{color:#1d4fb8}
@media (max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}
@media print{body{max-width:none;padding:0;font-size:10.5pt}table{min-width:0}h2{break-after:avoid}tr{break-inside:avoid}}
`;

/** The page as one HTML file that needs nothing else, and no network. */
export function asHtml({ title, subtitle, verdict, isWithdrawn, sections }: Explained): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}: ${escaped(subtitle)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="id">${escaped(subtitle)}</p>
<p class="verdict${isWithdrawn ? ' bad' : ''}">${escaped(verdict)}</p>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ heading, paragraphs, facts, list, table, code, after }: Section): string {
  return [
    `<section><h2>${escaped(heading)}</h2>`,
    ...(paragraphs ?? []).map(paragraph),
    facts &&
      `<dl>${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('\n')}</dl>`,
    list && `<ul>${list.map((one) => `<li>${escaped(one)}</li>`).join('\n')}</ul>`,
    table && tableHtml(heading, table),
    code && `<pre>${escaped(code.join('\n'))}</pre>`,
    ...(after ?? []).map(paragraph),
    '</section>',
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

function tableHtml(heading: string, { columns, rows }: NonNullable<Section['table']>): string {
  const head = columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n');
  const label = escaped(heading);
  return `<div class="wide" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

function cellHtml(cell: Cell): string {
  if (typeof cell === 'string') return `<td>${escaped(cell)}</td>`;
  return `<td><a href="${escaped(cell.href)}">${escaped(cell.text)}</a></td>`;
}

function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
