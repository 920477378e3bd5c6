import type PDFKit from 'pdfkit';

/** A4, in points. */
export const PAGE = { width: 595.28, height: 841.89 } as const;
export const MARGIN = 50;
export const GREY = '#5d6475';
export const LINE = '#c9ced6';
const FOOTER_BELOW = 18;
/** What the standard fonts can write; anything else would come out as another letter. */
const NOT_WRITABLE = /[^ -~\u00a0-ÿ–—‘’“”•…€]/gu;
/** Spaces that formats of times have, and the standard fonts do not. */
const RARE_SPACES = /[\u2000-\u200a\u202f\u205f]/gu;

/**
 * Makes a PDF (A4, the standard fonts, its text can be selected) with numbers on its pages.
 * @param numbered what stands at the foot of a page
 * @param write writes what is on them
 */
export async function makePdf({
  lang,
  title,
  author,
  numbered,
  write,
}: {
  lang: string;
  title: string;
  author: string;
  numbered: (page: number, of: number) => string;
  write: (document: PDFKit.PDFDocument) => void;
}): Promise<Buffer> {
  const { default: PDFDocument } = await import('pdfkit');
  const document = new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: MARGIN,
    bufferPages: true,
    lang,
    displayTitle: true,
    info: { Title: title, Author: writable(author) },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    document.once('end', resolve).once('error', reject);
  });
  write(document);
  numberPages(document, numbered);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function numberPages(
  document: PDFKit.PDFDocument,
  numbered: (page: number, of: number) => string,
): void {
  const { start, count } = document.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    document.switchToPage(page);
    // Below the margin, where text would begin another page.
    document.page.margins.bottom = 0;
    const at = PAGE.height - MARGIN + FOOTER_BELOW;
    document.font('Helvetica').fontSize(8).fillColor(GREY);
    document.text(numbered(page + 1, count), MARGIN, at, { lineBreak: false });
  }
}

/** A text as far as the standard fonts have its letters; a question mark for each other one. */
export function writable(text: string): string {
  return text.replace(RARE_SPACES, ' ').replace(NOT_WRITABLE, '?');
}
