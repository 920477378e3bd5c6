import type PDFKit from 'pdfkit';
import type { Context } from '../../context';
import { readReceipt, type ReceiptFacts } from '../../core/proof/read-receipt';
import type { Receipt } from '../../core/proof/receipt';
import type { Texts } from '../pages/texts';
import { GREY, LINE, makePdf, MARGIN, PAGE, writable } from '../pdf';
import { kindOf, rowsOf } from './receipt-rows';

/** In which language a receipt is written, and by which service. */
export interface ReceiptPdfOptions {
  tag: string;
  t: Texts;
  /** Base of the service's addresses. */
  baseUrl: string;
}

const KEY_WIDTH = 110;
const WIDTH = PAGE.width - 2 * MARGIN;
/** A heading is not left alone at the foot of a page. */
const ROOM_BELOW_HEADING = 60;
const COMPARE = "printf %s 'jo@example.com' | openssl dgst -sha256";
const OPENSSL =
  'openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in record.json -sigfile record.sig';

/**
 * A receipt as a page that people read: what was recorded and when, what that proves and what not, its
 * place in the log, and how to verify it with what is attached, which is the receipt itself.
 */
export async function receiptPdf({
  ctx,
  receipt,
  tag,
  t,
  baseUrl,
}: ReceiptPdfOptions & { ctx: Context; receipt: Receipt }): Promise<Buffer> {
  const facts = await readReceipt({ ctx, receipt });
  const words = t.receipts;
  const { title } = words.kinds[kindOf(facts)];
  return makePdf({
    lang: tag,
    title,
    author: t.product,
    numbered: words.page,
    write: (document) => {
      attach(document, receipt, facts);
      writeFacts(document, facts, words, tag);
      writeProves(document, facts, words);
      writePlace(document, facts, words);
      writeVerify(document, words, baseUrl);
    },
  });
}

/** All that verifying takes, so that the page alone suffices. */
function attach(document: PDFKit.PDFDocument, receipt: Receipt, { at, log }: ReceiptFacts): void {
  const files = {
    'receipt.json': { bytes: Buffer.from(JSON.stringify(receipt)), type: 'application/json' },
    'record.json': { bytes: Buffer.from(receipt.record), type: 'application/json' },
    'record.sig': {
      bytes: Buffer.from(receipt.signature, 'base64'),
      type: 'application/octet-stream',
    },
    'key.pem': { bytes: Buffer.from(log.pem), type: 'application/x-pem-file' },
  };
  for (const [name, { bytes, type }] of Object.entries(files)) {
    document.file(bytes, { name, type, creationDate: at, modifiedDate: at });
  }
}

type Words = Texts['receipts'];

function writeFacts(
  document: PDFKit.PDFDocument,
  facts: ReceiptFacts,
  words: Words,
  tag: string,
): void {
  const { title, lead } = words.kinds[kindOf(facts)];
  const time = inWords(facts.at, tag);
  const company = facts.company?.name ?? facts.shown.pii_controller ?? '–';
  document.font('Helvetica-Bold').fontSize(17).text(title).moveDown(0.4);
  document
    .font('Helvetica')
    .fontSize(11)
    .text(writable(lead(company, time)));
  writeHeading(document, words.recorded);
  for (const [key, value] of rowsOf(facts, words, time)) writeRow(document, key, value);
  const isHashed =
    facts.subjects.some(({ value }) => isHash(value)) || isHash(facts.shown.identifier);
  if (!isHashed) return;
  document.moveDown(0.3).fontSize(9).fillColor(GREY).text(words.hashed).fillColor('black');
  writeCommand(document, COMPARE);
}

function notProved(facts: ReceiptFacts, { not }: Words): string[] {
  return [
    ...(kindOf(facts) === 'request' ? not.ofRequest : []),
    ...not.always,
    ...(facts.company ? [not.ofCompany] : []),
  ];
}

function isHash(value: string | null | undefined): boolean {
  return /^\w+:[0-9a-f]{64}\b/.test(value ?? '');
}

function writeProves(document: PDFKit.PDFDocument, facts: ReceiptFacts, words: Words): void {
  writeHeading(document, words.proves);
  writeList(document, words.kinds[kindOf(facts)].proves);
  writeHeading(document, words.provesNot);
  writeList(document, notProved(facts, words));
}

function writePlace(document: PDFKit.PDFDocument, { log }: ReceiptFacts, words: Words): void {
  writeHeading(document, words.place);
  writeRow(document, words.log, log.origin);
  writeRow(document, words.record, words.recordOf(log.index, log.size));
  writeRow(document, words.root, log.root);
  writeRow(document, words.key, log.key);
}

function writeVerify(document: PDFKit.PDFDocument, words: Words, baseUrl: string): void {
  writeHeading(document, words.verify);
  const paragraph = (text: string) => {
    document.font('Helvetica').fontSize(10).text(writable(text)).moveDown(0.3);
  };
  paragraph(words.attached);
  paragraph(words.program);
  writeCommand(document, `curl -sO ${baseUrl}/log/verify-receipt.mjs`);
  writeCommand(document, 'node verify-receipt.mjs receipt.json');
  paragraph(words.openssl);
  writeCommand(document, OPENSSL);
  paragraph(words.trust(`${baseUrl}/log/keys`));
}

function writeHeading(document: PDFKit.PDFDocument, text: string): void {
  document.moveDown(0.8);
  if (document.y > PAGE.height - MARGIN - ROOM_BELOW_HEADING) document.addPage();
  document.font('Helvetica-Bold').fontSize(12).text(text, MARGIN).moveDown(0.2);
}

function writeRow(document: PDFKit.PDFDocument, key: string, value: string): void {
  const width = WIDTH - KEY_WIDTH;
  document.font('Helvetica').fontSize(10);
  const height = Math.max(
    document.heightOfString(key, { width: KEY_WIDTH - 10 }),
    document.heightOfString(writable(value), { width }),
  );
  if (document.y + height > PAGE.height - MARGIN) document.addPage();
  const { y } = document;
  document.fillColor(GREY).text(key, MARGIN, y, { width: KEY_WIDTH - 10 });
  document.fillColor('black').text(writable(value), MARGIN + KEY_WIDTH, y, { width });
  const below = y + height + 2;
  document.moveTo(MARGIN, below).lineTo(MARGIN + WIDTH, below);
  document.lineWidth(0.5).strokeColor(LINE).stroke();
  document.x = MARGIN;
  document.y = below + 4;
}

function writeList(document: PDFKit.PDFDocument, items: readonly string[]): void {
  document.font('Helvetica').fontSize(10);
  document.list(items.map(writable), MARGIN, document.y, { bulletRadius: 1.5, textIndent: 12 });
  document.x = MARGIN;
}

function writeCommand(document: PDFKit.PDFDocument, command: string): void {
  document.font('Courier').fontSize(9).text(writable(command), MARGIN).moveDown(0.4);
}

/** Such as `Friday, November 27, 2026 at 9:30:00 AM UTC`. */
function inWords(at: Date, tag: string): string {
  const options = { dateStyle: 'full', timeStyle: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(tag, options).format(at);
}
