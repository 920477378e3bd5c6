import type { Context } from '../../context';
import { AppError } from '../../errors';
import { commitmentTo, openingsOf, type Opening } from '../../lib/commitments';
import type { LedgerPage } from '../../store/ledger-pages';
import type { ContactIdentifier } from '../contacts/contact';
import { contactText } from '../verification/commitment';
import { readCheckReceiptId } from '../verification/receipt-id';
import { issueReceipt, type Receipt, shownSubject } from './receipt';
import { lastingOf, movementsOf } from './record-of-page';

/**
 * The receipt of a check, for the company that asked: who asked, about what, what was answered and when.
 * @param receiptId from the answer's header `Rescind-Receipt`
 * @param contact of a contact check, whom it was about: we do not keep that, so it is shown only if it
 *   is said again
 * @returns null while it is not in the log yet
 * @throws AppError receipt_not_found, also when the contact is another one
 */
export async function checkReceipt({
  ctx,
  companyId,
  receiptId,
  contact = [],
}: {
  ctx: Context;
  companyId: string;
  receiptId: string;
  contact?: ContactIdentifier[];
}): Promise<Receipt | null> {
  const asked = readCheckReceiptId(companyId, receiptId);
  const page = asked && (await ctx.store.ledgerPages.find(asked.page));
  const line = page?.lines[asked?.line ?? 0];
  if (!asked || !page || line?.answers?.[asked.movement] === undefined) throw notFound();
  const { leaf, salt } = page;
  if (salt === undefined || leaf === undefined) return null;
  const index = asked.movement + countBefore(page, asked.line);
  const movements = movementsOf(page, salt);
  const ref = line.certificate_refs[asked.movement] ?? null;
  const opening = ref === null ? openContact(asked.salt, contact) : await openCertificate(ctx, ref);
  const subject = shownSubject(movements, index, opening);
  if (ref === null && opening && !isAbout(subject.leaf, opening)) throw notFound();
  return issueReceipt({
    ctx,
    region: 'default',
    leaf,
    known: openingsOf(salt, lastingOf(page)),
    subjects: [subject],
  });
}

function countBefore({ lines }: LedgerPage, line: number): number {
  return lines.slice(0, line).reduce((sum, one) => sum + one.certificate_refs.length, 0);
}

/** Of a certificate that has been cleaned up there is nothing to show any more. */
async function openCertificate(ctx: Context, ref: string): Promise<Opening | null> {
  const ids = await ctx.store.certificates.idsByLedgerRef([ref]);
  const id = ids.get(ref);
  if (id === undefined) return null;
  const salt = (await ctx.store.certificates.ledgerNames([id])).get(id)?.ledger_salt;
  return salt === undefined ? null : { salt, value: id };
}

function openContact(salt: string | undefined, identifiers: ContactIdentifier[]): Opening | null {
  if (salt === undefined || identifiers.length === 0) return null;
  return { salt, value: contactText({ identifiers }) };
}

function isAbout(leaf: string, opening: Opening): boolean {
  return (JSON.parse(leaf) as { subject?: string }).subject === commitmentTo(opening);
}

function notFound(): AppError {
  return new AppError('receipt_not_found');
}
