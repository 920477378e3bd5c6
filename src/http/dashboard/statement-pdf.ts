import type PDFKit from 'pdfkit';
import type { MonthStatement } from '../../core/wallet/month-statement';
import type { Texts } from '../pages/texts';
import { GREY, LINE, makePdf, MARGIN, PAGE, writable } from '../pdf';

type Words = Texts['dashboard']['wallet'];
type Cells = [date: string, entry: string, count: string, amount: string, balance: string];

const ROW = 18;
const COLUMNS = [75, 165, 60, 97, 98] as const;
/** The first of the columns whose cells are numbers. */
const NUMBERS_FROM = 2;
const BOTTOM = PAGE.height - MARGIN - ROW;
const MICROUSD_PER_USD = 1_000_000;

/**
 * A month's statement as PDF: the balances, a line for each day and kind, and totals of the kinds.
 */
export function statementPdf(statement: MonthStatement, words: Words): Promise<Buffer> {
  const { pdf } = words;
  return makePdf({
    lang: 'en',
    title: `${pdf.title}, ${monthName(statement.month)}`,
    author: statement.company.name,
    numbered: pdf.page,
    write: (document) => {
      writeHead(document, statement, words);
      writeRows(document, rowsOf(statement, words), pdf);
      writeTotals(document, statement, words);
    },
  });
}

function writeHead(document: PDFKit.PDFDocument, statement: MonthStatement, { pdf }: Words): void {
  const { company, month, is_open, last_day } = statement;
  document.font('Helvetica-Bold').fontSize(18).text(pdf.title);
  document.moveDown(0.5).fontSize(10);
  const name = monthName(month);
  for (const [key, value] of [
    [pdf.company, `${writable(company.name)} (${company.company_id})`],
    [pdf.month, is_open ? `${name}, ${pdf.soFar(last_day)}` : name],
  ] as const) {
    document.font('Helvetica').fillColor(GREY).text(`${key}: `, { continued: true });
    document.fillColor('black').text(value);
  }
  document.fillColor(GREY).fontSize(9).text(pdf.utc).fillColor('black').moveDown(1);
}

function rowsOf(statement: MonthStatement, { pdf, kinds }: Words): Cells[] {
  const { month, is_open, last_day, opening_microusd, closing_microusd, days } = statement;
  const rows = days.flatMap(({ day, totals, closing_microusd: balance }) =>
    totals.map(({ kind, lines, amount_microusd }, i): Cells => {
      const isLast = i === totals.length - 1;
      const entry = kinds[kind] ?? kind;
      return [day, entry, digits(lines), usd(amount_microusd), isLast ? usd(balance) : ''];
    }),
  );
  const closing = is_open ? pdf.closingSoFar : pdf.closing;
  return [
    [`${month}-01`, pdf.opening, '', '', usd(opening_microusd)],
    ...(rows.length > 0 ? rows : [['', pdf.nothing, '', '', ''] satisfies Cells]),
    [last_day, closing, '', '', usd(closing_microusd)],
  ];
}

function writeRows(document: PDFKit.PDFDocument, rows: Cells[], pdf: Words['pdf']): void {
  const header: Cells = [pdf.date, pdf.entry, pdf.count, pdf.amount, pdf.balanceColumn];
  writeRow(document, header, 'Helvetica-Bold');
  rows.forEach((row, i) => {
    if (document.y > BOTTOM) {
      document.addPage();
      writeRow(document, header, 'Helvetica-Bold');
    }
    const isBalance = i === 0 || i === rows.length - 1;
    writeRow(document, row, isBalance ? 'Helvetica-Bold' : 'Helvetica');
  });
}

function writeTotals(document: PDFKit.PDFDocument, statement: MonthStatement, words: Words): void {
  const { totals } = statement;
  if (totals.length === 0) return;
  if (document.y + (totals.length + 2) * ROW > BOTTOM) document.addPage();
  document.y += ROW;
  writeRow(
    document,
    [words.pdf.totals, '', words.pdf.count, words.pdf.amount, ''],
    'Helvetica-Bold',
  );
  for (const { kind, lines, amount_microusd } of totals) {
    const entry = words.kinds[kind] ?? kind;
    writeRow(document, ['', entry, digits(lines), usd(amount_microusd), ''], 'Helvetica');
  }
}

function writeRow(document: PDFKit.PDFDocument, cells: Cells, font: string): void {
  const { y } = document;
  document.font(font).fontSize(9);
  let x = MARGIN;
  cells.forEach((cell, i) => {
    const width = COLUMNS[i] ?? 0;
    const align = i >= NUMBERS_FROM ? 'right' : 'left';
    if (cell !== '') document.text(cell, x, y, { width, align, lineBreak: false });
    x += width;
  });
  document.moveTo(MARGIN, y + ROW - 5).lineTo(x, y + ROW - 5);
  document.lineWidth(0.5).strokeColor(LINE).stroke();
  document.x = MARGIN;
  document.y = y + ROW;
}

function monthName(month: string): string {
  const first = new Date(`${month}-01T00:00:00.000Z`);
  return first.toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
}

function usd(microusd: number): string {
  return (microusd / MICROUSD_PER_USD).toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
  });
}

function digits(count: number): string {
  return count.toLocaleString('en-US');
}
