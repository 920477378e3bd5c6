import type { Context } from '../../src/context';
import { collections } from '../services/collections';
import { type BenchCompany, makeCompanies, matchBodies } from './data';
import { inTurns } from './load';
import type { Part } from './part';
import { withServers } from './servers';
import { type Row, rounded } from './table';

const CERTIFICATES = 200;
const LEVELS = [8, 64];

/** Contact checks beside checks of the same certificates, on the same process. */
export const contactRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api'], async ({ api }) => {
    const companies = await makeCompanies(ctx, 1, CERTIFICATES);
    const contactBodies = await makePeople(ctx, companies);
    const rows: Row[] = [];
    for (const connections of LEVELS) {
      say(`contact/check, connections: ${connections} …`);
      const target = (path: string, bodies: string[]) => ({
        servers: [api],
        path,
        bodies,
        connections,
      });
      const { match, contact } = await inTurns({
        match: target('/verify/match', matchBodies(companies)),
        contact: target('/contact/check', contactBodies),
      });
      rows.push({
        name: `contact/check, ${connections} connections (p50 ${rounded(contact.p50Ms)} ms, p99 ${rounded(contact.p99Ms)} ms)`,
        value: contact.perSecond,
        unit: '/s',
        yardstick: `verify/match (p50 ${rounded(match.p50Ms)} ms, p99 ${rounded(match.p99Ms)} ms)`,
        beside: match.perSecond,
        aim: '≥ 0.8',
      });
    }
    return rows;
  });

/** Gives each certificate to somebody else; the bodies ask for all of them. */
async function makePeople(ctx: Context, companies: BenchCompany[]): Promise<string[]> {
  const bodies: string[] = [];
  for (const { id: company_id, propertyId: property_id, certificateIds } of companies) {
    for (const [i, _id] of certificateIds.entries()) {
      const email = `bench-${i}@example.com`;
      const email_hash = ctx.identifiers.ofPerson('email', email);
      await collections(ctx).certificates.updateOne({ _id }, { $set: { email, email_hash } });
      bodies.push(JSON.stringify({ company_id, property_id, email, channel: 'call' }));
    }
  }
  return bodies;
}
