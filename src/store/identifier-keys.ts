// Collection `identifier_keys`: one document.
import { type Connection, Schema } from 'mongoose';
import { isDuplicate } from './connection';

/** Which keys hashes in this database were made with. */
export interface UsedIdentifierKeys {
  _id: typeof ALL;
  /** Of each key; the keys themselves are in no database. */
  fingerprints: string[];
}

const ALL = 'all';

const schema = new Schema<UsedIdentifierKeys>(
  { _id: { type: String, required: true }, fingerprints: { type: [String], required: true } },
  { versionKey: false },
);

/** The keys of identifiers that were in use. */
export function identifierKeyStore(connection: Connection) {
  const { collection } = connection.model('IdentifierKeys', schema, 'identifier_keys');
  const keys = connection.collection<UsedIdentifierKeys>(collection.name);
  /** Only where these keys are all that were used. */
  const extend = async ([newest, ...rest]: readonly [string, ...string[]]): Promise<boolean> => {
    const none = { $not: { $elemMatch: { $nin: [newest, ...rest] } } };
    const filter = { _id: ALL, fingerprints: none } as object;
    const { matchedCount } = await keys.updateOne(filter, { $addToSet: { fingerprints: newest } });
    return matchedCount > 0;
  };
  /** The first process of this release takes all for used: earlier ones wrote none down. */
  const begin = async (given: readonly [string, ...string[]]): Promise<boolean> => {
    try {
      await keys.insertOne({ _id: ALL, fingerprints: [...given] });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };
  return {
    /**
     * Writes down that the first of these keys is used from now on.
     * @param given fingerprints of the keys that a process has, newest first
     * @returns false when another key was in use, which they lack; nothing is written down then
     */
    use: async (given: readonly [string, ...string[]]): Promise<boolean> =>
      // Another process may have been first with the document.
      (await extend(given)) || (await begin(given)) || extend(given),
  };
}
