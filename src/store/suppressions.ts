// Collection `suppressions`.
import mongoose, { type Connection, Schema } from 'mongoose';
import type { Channel, RevocationMethod } from './certificates';
import { maxTime, type Session } from './connection';
import { refusedByIndex } from './refused-by-index';
import { text } from './schema-fields';

/** A remembered opt-out: of one person, by email or mobile, at one company or at all of them. */
export interface Suppression {
  /** The company, or `*`, and the keyed hash of the identifier; see `suppressionId`. */
  _id: string;
  /** Null: the whole service. */
  company_id: string | null;
  /** When the newest request for each channel came. */
  channels: Partial<Record<Channel, Date>>;
  /** The newest request, how it came, and its id. */
  at: Date;
  method: RevocationMethod;
  revocation_id: string | null;
}

/** No company is called that. */
const SERVICE = '*';
/** So many tell whether most are remembered by now: as of a list that is uploaded every day. */
const PROBED = 100;

/** What a remembered opt-out is stored under. */
export function suppressionId(companyId: string | null, hash: string): string {
  return `${companyId ?? SERVICE}:${hash}`;
}

const schema = new Schema<Suppression>(
  {
    _id: text,
    company_id: { type: String, default: null },
    channels: { type: new Schema({ call: Date, text: Date, email: Date }, { _id: false }) },
    at: { type: Date, required: true },
    method: text,
    revocation_id: { type: String, default: null },
  },
  { versionKey: false },
);

/** Remembered opt-outs. Nothing here is ever removed. */
export function suppressionStore(connection: Connection) {
  const model = connection.model('Suppression', schema, 'suppressions');
  const { collection } = model;
  const inTime = maxTime(connection);
  const find = (ids: string[], session?: Session) =>
    collection
      .find<Suppression>({ _id: { $in: ids } } as object, session ? { session } : inTime)
      .toArray();
  /** @returns the positions of those that are remembered by now */
  const insertNew = async (suppressions: Suppression[]): Promise<number[]> => {
    if (suppressions.length === 0) return [];
    try {
      await collection.insertMany(suppressions as never[], { ordered: false });
      return [];
    } catch (error) {
      const refused = refusedByIndex(error);
      if (refused.length === 0) throw error;
      return refused;
    }
  };
  return {
    find,
    /** Remembers, or adds to what is remembered, in a transaction. */
    remember: async (suppressions: Suppression[], session: Session) => {
      if (suppressions.length > 0)
        await collection.bulkWrite(suppressions.map(adding), { session });
    },
    /**
     * The same for many people of whom one request opts out, on a majority. Each is remembered or not;
     * repeating it changes nothing.
     * @param ids each of them once
     */
    rememberAlike: async (ids: string[], optOut: Omit<Suppression, '_id'>) => {
      if (ids.length === 0) return;
      const look = async (some: string[]) => {
        const projection = { _id: 1 };
        const batchSize = some.length + 1;
        const found = await collection
          .find<{ _id: string }>({ _id: { $in: some } } as object, { projection, batchSize })
          .toArray();
        return new Set(found.map(({ _id }) => _id));
      };
      const probe = ids.slice(0, PROBED);
      // Being refused takes several times as long as being inserted, and that longer than a look.
      const mostlyKnown = 2 * (await look(probe)).size > probe.length;
      const seen = mostlyKnown ? await look(ids) : new Set<string>();
      const others = ids.filter((id) => !seen.has(id));
      const refused = await insertNew(others.map((_id) => ({ _id, ...optOut })));
      const known = [...seen, ...refused.flatMap((index) => others[index] ?? [])];
      if (known.length > 0) await collection.updateMany(...addingAlike(known, optOut));
    },
    /**
     * Has whoever remembers under one of the ids at the same time conflict with this transaction, so
     * that one of them is seen by the other: what is there is written to, what is not is inserted and
     * deleted again.
     * @throws a duplicate error when something is remembered under one of those that were free
     */
    guard: async ({ known, free }: { known: string[]; free: string[] }, session: Session) => {
      if (known.length > 0) {
        const looked = { $set: { guard: new mongoose.mongo.ObjectId() } };
        await collection.updateMany({ _id: { $in: known } } as object, looked, { session });
      }
      if (free.length > 0) {
        await collection.insertMany(free.map((_id) => ({ _id })) as never[], { session });
        await collection.deleteMany({ _id: { $in: free } } as object, { session });
      }
    },
    /** Of a company, or of the whole service, in the order of their ids, after `after`. */
    list: (companyId: string | null, after: string | null, limit: number) =>
      model
        .find({
          _id: { $gt: after ?? suppressionId(companyId, ''), $lt: `${companyId ?? SERVICE};` },
        })
        .sort({ _id: 1 })
        .limit(limit)
        .lean()
        .exec(),
  };
}

/** Channels and times only ever grow. */
function adding({ _id, ...optOut }: Suppression) {
  return { updateOne: { filter: { _id } as object, update: stages(optOut), upsert: true } };
}

/** The same for many; those that have it all are left alone, as they need not be written again. */
function addingAlike(ids: string[], optOut: Omit<Suppression, '_id'>): [object, object[]] {
  const { channels } = optOut;
  const older = Object.entries(channels).map(([channel, time]) => ({
    [`channels.${channel}`]: { $not: { $gte: time } },
  }));
  return [{ _id: { $in: ids }, $or: older }, stages(optOut)];
}

function stages({ company_id, channels, at, method, revocation_id }: Omit<Suppression, '_id'>) {
  const isNewer = { $gt: [at, { $ifNull: ['$at', new Date(0)] }] };
  const newest = (value: unknown, field: string) => ({ $cond: [isNewer, value, field] });
  const times = Object.entries(channels).map(([channel, time]) => [
    `channels.${channel}`,
    { $max: [`$channels.${channel}`, time] },
  ]);
  return [
    {
      $set: {
        company_id: { $literal: company_id },
        ...(Object.fromEntries(times) as object),
        at: { $max: ['$at', at] },
        method: newest({ $literal: method }, '$method'),
        revocation_id: newest({ $literal: revocation_id }, '$revocation_id'),
      },
    },
  ];
}
