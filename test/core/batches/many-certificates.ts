import type { Context } from '../../../src/context';
import { collections } from '../../helpers/collections';
import { makeCertificate, type TestCompany } from '../../helpers/company';

/** Makes this many certificates: one by registration, the others as copies of it. */
export async function manyCertificates(
  ctx: Context,
  company: TestCompany,
  count: number,
): Promise<string[]> {
  const { id } = await makeCertificate(ctx, company);
  const collection = collections(ctx).certificates;
  const original = await collection.findOne({ _id: id });
  const copies = Array.from({ length: count - 1 }, (_, i) => ({
    ...original!,
    _id: `${id}-${String(i)}`,
    session_id: `${original!.session_id}-${String(i)}`,
  }));
  if (copies.length > 0) await collection.insertMany(copies);
  return [id, ...copies.map(({ _id }) => _id)];
}
