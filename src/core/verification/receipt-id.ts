import { pageId } from '../../store/ledger-pages';

/** Where the charge of a check stands. */
export interface ChargePlace {
  line: number;
  movement: number;
  /** Opens what a contact check commits to. */
  salt?: string;
}

const ID = /^rcp_(\d)-(\d{1,15})-(\d{1,3})-(\d{1,3})(?:-([\w-]{22}))?$/;

/**
 * The id of the receipt of a check, which its answer carries; it means something to the company that
 * asked only.
 * @param page the `_id` of the page that charges it
 */
export function checkReceiptId(page: string, { line, movement, salt }: ChargePlace): string {
  const [, lane, sequence] = page.split(':');
  const place = [lane, Number(sequence), line, movement, ...(salt === undefined ? [] : [salt])];
  return `rcp_${place.join('-')}`;
}

/** Reads what `checkReceiptId` writes; null: it is no such id. */
export function readCheckReceiptId(
  companyId: string,
  text: string,
): (ChargePlace & { page: string }) | null {
  const [, lane, sequence, line, movement, salt] = ID.exec(text) ?? [];
  if (lane === undefined) return null;
  return {
    page: pageId(companyId, Number(lane), Number(sequence)),
    line: Number(line),
    movement: Number(movement),
    ...(salt !== undefined && { salt }),
  };
}
