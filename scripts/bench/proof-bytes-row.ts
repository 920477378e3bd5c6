import { collections } from '../services/collections';
import { makeCompanies, matchBodies } from './data';
import { sendExactly } from './load';
import { growNow, revocationOf } from './logged-data';
import type { OtherDatabase } from './other-database';
import type { Bench } from './part';
import { withServers } from './servers';
import { grown } from './stored-bytes';
import type { Row } from './table';

const CERTIFICATES = 200;
const CHECKS = 10_000;
const REVOCATIONS = 10_000;
const AT_ONCE = 5_000;
const CONNECTIONS = 64;

/** What proof adds to the database: leaves, salts and their indexes, records and tiles. */
export async function proofBytesRows(bench: Bench, unproven: OtherDatabase): Promise<Row[]> {
  bench.say('bytes of proof …');
  await growNow(bench.ctx);
  return [
    row(
      'check, 64 connections',
      await ofChecks(bench, 'api'),
      await ofChecks({ ...bench, ...unproven }, 'unproven'),
    ),
    row(
      'audit entry of a revocation',
      await ofRevocations(bench),
      await ofRevocations({ ...bench, ...unproven }, true),
    ),
  ];
}

function row(what: string, value: number, beside: number): Row {
  return {
    name: `bytes stored per ${what}, with proof`,
    value,
    unit: 'B',
    yardstick: 'without',
    beside,
    aim: '–',
  };
}

function ofChecks(bench: Bench, name: 'api' | 'unproven'): Promise<number> {
  return withServers(bench.env, [name], async (servers) => {
    const bodies = matchBodies(await makeCompanies(bench.ctx, 1, CERTIFICATES));
    const target = {
      servers: [servers[name]],
      path: '/verify/match',
      bodies,
      connections: CONNECTIONS,
    };
    // It makes its first page, and has read what it keeps in memory.
    await sendExactly(CONNECTIONS, target);
    if (name === 'api') await growNow(bench.ctx);
    return grown(bench, CHECKS, async () => {
      await sendExactly(CHECKS, target);
      if (name === 'api') await growNow(bench.ctx);
    });
  });
}

async function ofRevocations(bench: Bench, isBare = false): Promise<number> {
  const { ctx } = bench;
  const [company] = await makeCompanies(ctx, 1, CERTIFICATES);
  if (!company) throw new Error('a company is needed');
  if (!isBare) await growNow(ctx);
  const { audit } = collections(ctx);
  return grown(bench, REVOCATIONS, async () => {
    for (let from = 0; from < REVOCATIONS; from += AT_ONCE) {
      const entries = Array.from({ length: AT_ONCE }, (_, i) => {
        const { leaf, ...entry } = revocationOf(ctx, company, from + i);
        return isBare ? entry : { leaf, ...entry };
      });
      await audit.insertMany(entries);
    }
    if (!isBare) await growNow(ctx);
  });
}
