import type { Context } from '../../src/context';
import { database } from '../services/collections';
import { type BenchCompany, makeCompanies, matchBodies } from './data';
import { sendExactly } from './load';
import type { Part } from './part';
import { withServers } from './servers';
import { grown } from './stored-bytes';
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
    const ours = await grown(bench, CHECKS, async () => {
      await sendExactly(CHECKS, target);
    });
    const plain = await grown(bench, CHECKS, () => insertLines(bench.ctx, companies));
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
