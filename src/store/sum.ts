// No collection: a query that several share.
import type { Connection } from 'mongoose';
import type { Session } from './connection';

/** The sum of a field over the documents that match; 0 when none do. */
export async function sumOf(
  { collection }: { collection: ReturnType<Connection['collection']> },
  field: string,
  match: object,
  session?: Session,
): Promise<number> {
  const [row] = await collection
    .aggregate<{ total: number }>(
      [{ $match: match }, { $group: { _id: null, total: { $sum: `$${field}` } } }],
      { session },
    )
    .toArray();
  return row?.total ?? 0;
}
