import { inflateSync } from 'node:zlib';

/** The text of a PDF: what its pages show, in the order in which they show it; a line for each run. */
export function textOf(pdf: Buffer): string {
  const shown: string[] = [];
  for (const { content } of streamsIn(pdf)) {
    for (const [, run = ''] of content.toString('latin1').matchAll(/\[([^\]]*)\] TJ/g)) {
      const hex = [...run.matchAll(/<([0-9a-f]+)>/g)].map(([, one = '']) => one).join('');
      shown.push(Buffer.from(hex, 'hex').toString('latin1'));
    }
  }
  return shown.join('\n');
}

/** The files that are attached to a PDF, by their names. */
export function attachedTo(pdf: Buffer): Record<string, Buffer> {
  const text = pdf.toString('latin1');
  const files = streamsIn(pdf).filter(({ dictionary }) => dictionary.includes('/EmbeddedFile'));
  const named = files.map(({ object, content }) => {
    const spec = new RegExp(`/F \\(([^)]+)\\)\\s*/EF <<\\s*/F ${object} 0 R`).exec(text);
    return [spec?.[1] ?? object, content] as const;
  });
  return Object.fromEntries(named);
}

/** What is in the compressed streams of a PDF. */
function streamsIn(pdf: Buffer): { object: string; dictionary: string; content: Buffer }[] {
  const found = [];
  for (let at = pdf.indexOf('stream\n'); at !== -1; at = pdf.indexOf('stream\n', at + 1)) {
    const end = pdf.indexOf('endstream', at);
    if (pdf.subarray(at - 3, at).toString() === 'end' || end === -1) continue;
    const before = pdf.subarray(Math.max(0, at - 1_000), at).toString('latin1');
    const [, object = '', dictionary = ''] = /.*(?:^|\n)(\d+) 0 obj([^]*)$/s.exec(before) ?? [];
    try {
      found.push({ object, dictionary, content: inflateSync(pdf.subarray(at + 7, end)) });
    } catch {
      // Not compressed: no text.
    }
  }
  return found;
}
