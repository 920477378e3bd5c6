import type PDFKit from 'pdfkit';
import type { Cell, Explained, Section } from './explain';

const MARGIN = 56;
/** A4, in points. */
const PAGE = { width: 595.28, height: 841.89 } as const;
const WIDTH = PAGE.width - 2 * MARGIN;
const BOTTOM = PAGE.height - MARGIN;
const GAP = 10;
const FACT_NAME = 130;
const GREY = '#5d6475';
const LINE = '#c9ced6';
const SOFT = '#f4f6f9';
/** What the standard fonts can write; anything else would come out as another letter. */
const NOT_WRITABLE = /[^\n -~\u00a0-ÿ–—‘’“”•…€]/gu;
/** How wide the columns of a table with so many are. */
const COLUMNS: Record<number, number[] | undefined> = {
  2: [140, WIDTH - 140],
  3: [145, 130, WIDTH - 275],
  4: [145, 125, 90, WIDTH - 360],
};

/** The page as PDF (A4, the standard fonts, its text can be selected). */
export async function asPdf(explained: Explained): Promise<Buffer> {
  const { default: PDFDocument } = await import('pdfkit');
  const { title, subtitle, verdict, isWithdrawn, sections } = explained;
  const document = new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: MARGIN,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: writable(`${title}: ${subtitle}`) },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    document.once('end', resolve).once('error', reject);
  });
  document.font('Helvetica-Bold').fontSize(20).text(title);
  document.font('Courier').fontSize(9.5).fillColor(GREY).text(writable(subtitle));
  writeVerdict(document, verdict, isWithdrawn);
  for (const section of sections) writeSection(document, section);
  numberPages(document, subtitle);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function writeVerdict(document: PDFKit.PDFDocument, text: string, isWithdrawn: boolean): void {
  document.moveDown(1).font('Helvetica-Bold').fontSize(10.5);
  const inside = { width: WIDTH - 28, lineGap: 2 };
  const { y } = document;
  const height = document.heightOfString(writable(text), inside) + 16;
  document.rect(MARGIN, y, WIDTH, height).fill(SOFT);
  document.rect(MARGIN, y, 4, height).fill(isWithdrawn ? '#a3231d' : '#0b6b46');
  document.fillColor('black').text(writable(text), MARGIN + 16, y + 9, inside);
  document.x = MARGIN;
  document.y = y + height;
}

function writeSection(document: PDFKit.PDFDocument, section: Section): void {
  const { heading, paragraphs = [], facts = [], list = [], table, code = [], after = [] } = section;
  if (document.y > BOTTOM - 70) document.addPage();
  else document.moveDown(1.5);
  document.font('Helvetica-Bold').fontSize(12.5).fillColor('black').text(heading, MARGIN);
  document.moveDown(0.4);
  for (const text of paragraphs) writeParagraph(document, text);
  for (const fact of facts) writeFact(document, fact);
  for (const one of list) {
    document
      .font('Helvetica')
      .fontSize(9.5)
      .text(`•  ${writable(one)}`, { lineGap: 2, indent: 0 });
    document.moveDown(0.3);
  }
  if (table) writeTable(document, table.columns, table.rows);
  if (code.length > 0) {
    document
      .font('Courier')
      .fontSize(9)
      .text(writable(code.join('\n')), { lineGap: 2 });
    document.moveDown(0.5);
  }
  for (const text of after) writeParagraph(document, text);
}

function writeParagraph(document: PDFKit.PDFDocument, text: string): void {
  document.font('Helvetica').fontSize(9.5).fillColor('black');
  document.text(writable(text), MARGIN, document.y, { width: WIDTH, lineGap: 2 });
  document.moveDown(0.5);
}

function writeFact(document: PDFKit.PDFDocument, [name, value]: [string, string]): void {
  const text = writable(value);
  document.font('Helvetica').fontSize(9.5);
  const height = document.heightOfString(text, { width: WIDTH - FACT_NAME });
  if (document.y + height > BOTTOM) document.addPage();
  const { y } = document;
  document.fillColor(GREY).text(name, MARGIN, y, { width: FACT_NAME - GAP });
  document.fillColor('black').text(text, MARGIN + FACT_NAME, y, { width: WIDTH - FACT_NAME });
  document.x = MARGIN;
  document.y = y + height + 4;
}

function writeTable(document: PDFKit.PDFDocument, columns: string[], rows: Cell[][]): void {
  const widths = COLUMNS[columns.length] ?? columns.map(() => WIDTH / columns.length);
  writeRow(document, columns, widths, 'Helvetica-Bold');
  for (const row of rows) {
    const cells = row.map((cell) => (typeof cell === 'string' ? cell : cell.text));
    if (document.y + heightOf(document, cells, widths) > BOTTOM) {
      document.addPage();
      writeRow(document, columns, widths, 'Helvetica-Bold');
    }
    writeRow(document, cells, widths, 'Helvetica');
  }
  document.moveDown(0.8);
}

function heightOf(document: PDFKit.PDFDocument, cells: string[], widths: number[]): number {
  document.font('Helvetica').fontSize(8.5);
  const heights = cells.map((cell, i) =>
    document.heightOfString(writable(cell), { width: (widths[i] ?? 0) - GAP }),
  );
  return Math.max(...heights) + 7;
}

function writeRow(
  document: PDFKit.PDFDocument,
  cells: string[],
  widths: number[],
  font: string,
): void {
  const { y } = document;
  const height = heightOf(document, cells, widths);
  document
    .font(font)
    .fontSize(8.5)
    .fillColor(font === 'Helvetica' ? 'black' : GREY);
  let x = MARGIN;
  cells.forEach((cell, i) => {
    const width = widths[i] ?? 0;
    document.text(writable(cell), x, y, { width: width - GAP, height: BOTTOM - y });
    x += width;
  });
  document.moveTo(MARGIN, y + height - 3).lineTo(MARGIN + WIDTH, y + height - 3);
  document.lineWidth(0.5).strokeColor(LINE).stroke();
  document.x = MARGIN;
  document.y = y + height;
}

function numberPages(document: PDFKit.PDFDocument, subtitle: string): void {
  const { start, count } = document.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    document.switchToPage(page);
    // Below the margin, where text would begin another page.
    document.page.margins.bottom = 0;
    const at = PAGE.height - MARGIN + 18;
    const text = `${subtitle}, page ${String(page + 1)} of ${String(count)}`;
    document.font('Helvetica').fontSize(8).fillColor(GREY);
    document.text(writable(text), MARGIN, at, { lineBreak: false });
  }
}

function writable(text: string): string {
  return text.replace(NOT_WRITABLE, '?');
}
