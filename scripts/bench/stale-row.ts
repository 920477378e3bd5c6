import { Agent, request } from 'node:http';
import { type BenchCompany, makeCompanies } from './data';
import type { Part } from './part';
import { withServers } from './servers';
import type { Row } from './table';

const CALLS = 50_000;
const CLIENTS = 64;
const OPT_OUT_SHARE = 0.1;
const CONSENT = 'whatever: a check of a live certificate answers 200, matching or not';

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

/**
 * Verifies and opts out, interleaved over many connections, and counts the checks that began after
 * a revocation was acknowledged and still said anything but 403.
 */
export const staleRows: Part = async ({ ctx, env, say }) => {
  say('stale answers …');
  const [company] = await makeCompanies(ctx, 1, CALLS * OPT_OUT_SHARE);
  if (!company) throw new Error('a company is needed');
  return withServers(env, ['api'], async ({ api }) => [await staleRow(api.url, company)]);
};

async function staleRow(api: string, company: BenchCompany): Promise<Row> {
  const certificates = company.certificateIds.slice(0, Math.ceil(CALLS * OPT_OUT_SHARE));
  const acknowledged = new Set<string>();
  const counts = { calls: 0, optOuts: 0, checksOfRevoked: 0, stale: 0 };
  let next = 0;

  async function client(): Promise<void> {
    while (counts.calls < CALLS) {
      counts.calls++;
      // Most checks go where something changes: just behind the revocations' front.
      const id = certificates[Math.max(0, next - 1 - Math.floor(Math.random() * 20))] ?? '';
      if (Math.random() < OPT_OUT_SHARE && next < certificates.length) {
        await optOut(certificates[next++] ?? '');
      } else {
        await verify(id);
      }
    }
  }

  async function optOut(certificate_id: string): Promise<void> {
    const body = { company_id: company.id, certificate_id };
    const status = await post(`${api}/opt-out`, body, company.token);
    if (status !== 200) throw new Error(`opt-out answered ${status}`);
    acknowledged.add(certificate_id);
    counts.optOuts++;
  }

  async function verify(certificate_id: string): Promise<void> {
    const revoked = acknowledged.has(certificate_id);
    const body = { certificate_id, consent: CONSENT };
    const status = await post(`${api}/verify/match`, body, company.token);
    if (status !== 200 && status !== 403) throw new Error(`verify answered ${status}`);
    if (!revoked) return;
    counts.checksOfRevoked++;
    if (status !== 403) counts.stale++;
  }

  await Promise.all(Array.from({ length: CLIENTS }, client));
  const { calls, optOuts, checksOfRevoked, stale } = counts;
  return {
    name: `answers older than an acknowledged revocation, of ${calls} calls (${optOuts} opt-outs)`,
    value: stale,
    unit: 'stale',
    yardstick: `${checksOfRevoked} checks began after an acknowledgement`,
    beside: null,
    aim: '0',
  };
}

function post(url: string, body: object, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    call.once('error', reject);
    call.end(JSON.stringify(body));
  });
}
