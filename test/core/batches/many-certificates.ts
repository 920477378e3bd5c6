import type { Context } from '../../../src/context';
import { makeCertificate, type TestCompany } from '../../helpers/company';

/** Makes so many certificates: one by registration, the others as copies of it. */
export async function manyCertificates(
  ctx: Context,
  company: TestCompany,
  count: number,
): Promise<string[]> {
  const { id } = await makeCertificate(ctx, company);
  const { collection } = ctx.store.certificates.model;
  const original = await collection.findOne({ _id: id } as object);
  const copies = Array.from({ length: count - 1 }, (_, i) => ({
    ...original,
    _id: `${id}-${String(i)}`,
    session_id: `${String(original?.session_id)}-${String(i)}`,
  }));
  if (copies.length > 0) await collection.insertMany(copies as object[]);
  return [id, ...copies.map(({ _id }) => _id)];
}
