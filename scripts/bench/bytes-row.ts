import type mongoose from 'mongoose';
import type { Context } from '../../src/context';
import { REGIONS } from '../../src/store/regions';
import { database } from '../services/collections';
import { type BenchCompany, makeCompanies, matchBodies } from './data';
import { sendExactly } from './load';
import type { Bench, Part } from './part';
import { withServers } from './servers';
import { newLine, yardstickMoney } from './yardstick-money';

const CHECKS = 10_000;
const CONNECTIONS = 64;
const CERTIFICATES = 200;
/** What a check left behind while each of them had a document of its own. */
const BYTES_OF_OLD_LINE = 400;

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
    return [
      {
        name: `bytes stored per check, ${CONNECTIONS} connections`,
        value: ours,
        unit: 'B',
        yardstick: 'a ledger line for each',
        beside: plain,
        aim: `≤ ${BYTES_OF_OLD_LINE / 2} B`,
      },
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
async function grown({ ctx, say }: Bench, write: () => Promise<void>): Promise<number> {
  const before = await storedNow(ctx);
  await write();
  const after = await storedNow(ctx);
  let sum = 0;
  for (const [name, bytes] of after) {
    const added = (bytes - (before.get(name) ?? 0)) / CHECKS;
    if (Math.round(added) > 0) say(`  ${name}: ${added.toFixed(0)} B per check`);
    sum += added;
  }
  return sum;
}

/** Of each collection the documents as they are and the files of the indexes, once all is written. */
async function storedNow(ctx: Context): Promise<Map<string, number>> {
  await database(ctx).admin().command({ fsync: 1 });
  const stored = new Map<string, number>();
  for (const region of REGIONS) {
    const db = database(ctx, region);
    for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      stored.set(`${db.databaseName}.${name}`, await storedIn(db.collection(name)));
    }
  }
  return stored;
}

async function storedIn(collection: mongoose.mongo.Collection): Promise<number> {
  interface Stats {
    storageStats: { size: number; totalIndexSize: number };
  }
  const [stats] = await collection
    .aggregate<Stats>([{ $collStats: { storageStats: {} } }])
    .toArray();
  const { size = 0, totalIndexSize = 0 } = stats?.storageStats ?? {};
  return size + totalIndexSize;
}
