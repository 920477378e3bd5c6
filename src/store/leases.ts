// Collection `leases`: work that only one process at a time may do.
import { type Connection, Schema } from 'mongoose';
import { isDuplicate } from './connection';
import { optionalText } from './schema-fields';

/** The right to do some work until a time, by the server's clock; it lapses when its holder dies. */
export interface Lease {
  _id: string;
  holder: string | null;
  until: Date;
  /** How far the work has come, for the next holder. */
  cursor: string | null;
}

const schema = new Schema<Lease>(
  {
    _id: { type: String, required: true },
    holder: optionalText,
    until: { type: Date, required: true },
    cursor: optionalText,
  },
  { versionKey: false },
);

/** Leases by the name of the work. */
export function leaseStore(connection: Connection) {
  const model = connection.model('Lease', schema, 'leases');
  const take = (name: string, holder: string, forMs: number) =>
    model
      .findOneAndUpdate(
        { _id: name, $expr: { $lte: ['$until', '$$NOW'] } },
        [{ $set: { holder, until: { $add: ['$$NOW', forMs] } } }],
        { returnDocument: 'after', updatePipeline: true },
      )
      .lean()
      .exec();
  /** An upsert cannot compare with the server's clock. */
  const add = async (name: string): Promise<boolean> => {
    try {
      await model.create([{ _id: name, until: new Date(0) }]);
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };
  return {
    /**
     * Takes a lease that is free or has lapsed.
     * @returns it, or null while another process holds it
     */
    take: async (name: string, holder: string, forMs: number): Promise<Lease | null> => {
      const taken = await take(name, holder, forMs);
      return taken ?? ((await add(name)) ? take(name, holder, forMs) : null);
    },
    /** Of these, those that somebody holds. */
    findHeld: async (names: string[]): Promise<string[]> => {
      const held = { _id: { $in: names }, $expr: { $gt: ['$until', '$$NOW'] } };
      return (await model.find(held, { _id: 1 }).lean().exec()).map(({ _id }) => _id);
    },
    find: (name: string) => model.findById(name).lean().exec(),
    /** Extends a lease, also a lapsed one; false: another process has had it since. */
    renew: async (name: string, holder: string, forMs: number): Promise<boolean> => {
      const { matchedCount } = await model.updateOne(
        { _id: name, holder },
        [{ $set: { until: { $add: ['$$NOW', forMs] } } }],
        { updatePipeline: true },
      );
      return matchedCount === 1;
    },
    /** Writes down how far the holder has come; false: it is not the holder any more. */
    saveCursor: async (name: string, holder: string, cursor: string | null): Promise<boolean> => {
      const { matchedCount } = await model.updateOne({ _id: name, holder }, { $set: { cursor } });
      return matchedCount === 1;
    },
    /** Ends a lease, so that the next process need not wait for it to lapse. */
    giveBack: async (name: string, holder: string) => {
      await model.updateOne({ _id: name, holder }, { $set: { holder: null, until: new Date(0) } });
    },
  };
}
