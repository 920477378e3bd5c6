// No collection: giving what was removed another name wherever it is named.
import type { Connection } from 'mongoose';
import type { Session } from './connection';

/**
 * How the ids of removed certificates and their sessions begin; a keyed hash follows. No certificate
 * in use has such an id: theirs begin with `EC-`.
 */
export const REMOVED_PREFIX = 'removed_';

/** Ids, and what takes the place of each. */
export type Renames = ReadonlyMap<string, string>;

/** An expression: one id, renamed if it is among those to rename. */
function renamedOne(id: string, renames: Renames): object {
  const at = { $indexOfArray: [{ $literal: [...renames.keys()] }, id] };
  const to = { $arrayElemAt: [{ $literal: [...renames.values()] }, '$$at'] };
  return { $let: { vars: { at }, in: { $cond: [{ $gte: ['$$at', 0] }, to, id] } } };
}

/** An update of a field that has one id. */
export function renameField(field: string, renames: Renames) {
  return [{ $set: { [field]: renamedOne(`$${field}`, renames) } }];
}

/** An update of a field that has a list of ids, and of nothing else. */
export function renameListOnly(field: string, renames: Renames) {
  const list = { $map: { input: `$${field}`, as: 'id', in: renamedOne('$$id', renames) } };
  return [{ $set: { [field]: list } }];
}

/**
 * An update of a field that has a list of ids: renames them and, once the list names nothing but what
 * was removed, empties `ip` and `reason`.
 * @param kept an expression: whether `reason` stays even so
 */
export function renameInList(field: string, renames: Renames, kept: object = { $literal: false }) {
  const list = { $map: { input: `$${field}`, as: 'id', in: renamedOne('$$id', renames) } };
  const isRemoved = { $eq: [{ $substrCP: ['$$id', 0, REMOVED_PREFIX.length] }, REMOVED_PREFIX] };
  const allRemoved = {
    $allElementsTrue: [{ $map: { input: `$${field}`, as: 'id', in: isRemoved } }],
  };
  return [
    { $set: { [field]: list } },
    {
      $set: {
        ip: { $cond: [allRemoved, null, '$ip'] },
        reason: { $cond: [{ $and: [allRemoved, { $not: [kept] }] }, null, '$reason'] },
        // By which the log's record of it could be traced to whom it names.
        person_salt: { $cond: [allRemoved, '$$REMOVE', '$person_salt'] },
      },
    },
  ];
}

/** Gives documents other ids, which MongoDB cannot change: they are written anew, without IP. */
export async function renameDocuments(
  connection: Connection,
  collectionName: string,
  renames: Renames,
  session: Session,
): Promise<void> {
  const collection = connection.collection<{ _id: string; person_salt?: string }>(collectionName);
  const mine = { _id: { $in: [...renames.keys()] } };
  const found = await collection.find(mine, { session }).toArray();
  if (found.length === 0) return;
  await collection.deleteMany(mine, { session });
  const renamed = found.map(({ person_salt: _, ...one }) => ({
    ...one,
    _id: renames.get(one._id) ?? one._id,
    ip: null,
  }));
  await collection.insertMany(renamed, { session });
}
