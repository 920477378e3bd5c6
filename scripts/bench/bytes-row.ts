import type mongoose from 'mongoose';
import type { Context } from '../../src/context';
import { REGIONS } from '../../src/store/regions';
import { database } from '../services/collections';
import { type BenchCompany, makeCompanies, matchBodies } from './data';
import { sendExactly } from './load';
import type { Bench, Part } from './part';
import { withServers } from './servers';
import type { Row } from './table';
import { newLine, yardstickMoney } from './yardstick-money';

const CHECKS = 10_000;
const CONNECTIONS = 64;
const CERTIFICATES = 200;
/** What a check left behind while each of them had a document of its own. */
const BYTES_OF_OLD_LINE = 400;

/** Bytes of one or more collections. */
interface Stored {
  /** Documents as they are, and the files of their indexes. */
  documents: number;
  /** The files of both, as MongoDB compresses them. */
  files: number;
}

/**
 * What a check leaves in the database, whatever the collections, beside what one ledger line for
 * each leaves, as the plainest server writes it.
 */
export const bytesRows: Part = (bench) =>
  withServers(bench.env, ['api'], async ({ api }) => {
    bench.say('bytes per check …');
    const companies = await makeCompanies(bench.ctx, 1, CERTIFICATES);
    const bodies = matchBodies(companies);
    const target = { servers: [api], path: '/verify/match', bodies, connections: CONNECTIONS };
    const ours = await grown(bench, () => sendExactly(CHECKS, target));
    const plain = await grown(bench, () => insertLines(bench.ctx, companies));
    const row = (what: string, of: keyof Stored, aim: string): Row => ({
      name: `${what} per check, ${CONNECTIONS} connections`,
      value: ours[of],
      unit: 'B',
      yardstick: 'a ledger line for each',
      beside: plain[of],
      aim,
    });
    return [
      row('bytes stored', 'documents', `≤ ${BYTES_OF_OLD_LINE / 2} B`),
      row('bytes on disk', 'files', '–'),
    ];
  });

async function insertLines(ctx: Context, companies: BenchCompany[]): Promise<void> {
  const { lines } = yardstickMoney(database(ctx));
  const checks = companies.flatMap(({ id, propertyId, certificateIds }) =>
    certificateIds.map((certificate_id) => ({ company_id: id, certificate_id, propertyId })),
  );
  for (let written = 0; written < CHECKS; written += checks.length) {
    await lines.insertMany(
      checks.map(({ propertyId, ...check }) => newLine({ ...check, ip: '127.0.0.1' }, propertyId)),
    );
  }
}

/** Bytes that a check adds. */
async function grown({ ctx, say }: Bench, write: () => Promise<void>): Promise<Stored> {
  const before = await storedNow(ctx);
  await write();
  const after = await storedNow(ctx);
  const sum = { documents: 0, files: 0 };
  for (const [name, now] of after) {
    const documents = (now.documents - (before.get(name)?.documents ?? 0)) / CHECKS;
    const files = (now.files - (before.get(name)?.files ?? 0)) / CHECKS;
    if (Math.round(documents) > 0) say(`  ${name}: ${documents.toFixed(0)} B per check`);
    sum.documents += documents;
    sum.files += files;
  }
  return sum;
}

/** Per collection, after everything has been written to its files. */
async function storedNow(ctx: Context): Promise<Map<string, Stored>> {
  await database(ctx).admin().command({ fsync: 1 });
  const stored = new Map<string, Stored>();
  for (const region of REGIONS) {
    const db = database(ctx, region);
    for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      stored.set(`${db.databaseName}.${name}`, await storedIn(db.collection(name)));
    }
  }
  return stored;
}

async function storedIn(collection: mongoose.mongo.Collection): Promise<Stored> {
  interface Stats {
    storageStats: { size: number; storageSize: number; totalIndexSize: number };
  }
  const [stats] = await collection
    .aggregate<Stats>([{ $collStats: { storageStats: {} } }])
    .toArray();
  const { size = 0, storageSize = 0, totalIndexSize = 0 } = stats?.storageStats ?? {};
  return { documents: size + totalIndexSize, files: storageSize + totalIndexSize };
}
