import autocannon from 'autocannon';
import { type BenchCompany, makeCompanies, matchBodies } from './data';
import { median } from './load';
import type { Part } from './part';
import { withServers } from './servers';
import type { Row } from './table';

const ROUNDS = 3;
const SECONDS = 4;
const WARM_UP_SECONDS = 3;
const CERTIFICATES = 500;
/** Of the company that is measured: one after another. */
const CALMS = 2;
/** Of the one that floods, at each entrance. */
const FLOODING = 16;
/** Where it sends nothing but checks. */
const FLOODING_CHECKS = 256;
const JSON_TYPE = { 'content-type': 'application/json' };

/** What a flood by one company does to the checks of another. */
export const floodRows: Part = ({ ctx, env, say }) =>
  withServers(env, ['api'], async ({ api: { url } }) => {
    const [quiet, flooding] = await makeCompanies(ctx, 2, CERTIFICATES);
    if (!quiet || !flooding) throw new Error('two companies are needed');
    say('a flood of checks …');
    const checks = [{ ...checking(url, flooding), connections: FLOODING_CHECKS }];
    const row = await besideFlood('with checks', url, quiet, checks);
    say('a flood of everything …');
    const everything = entrances(url, flooding).map((one) => ({ ...one, connections: FLOODING }));
    return [row, await besideFlood('every entrance', url, quiet, everything)];
  });

/** A company's checks while another floods: their 95th percentile beside the same without. */
async function besideFlood(
  what: string,
  api: string,
  quiet: BenchCompany,
  flood: autocannon.Options[],
): Promise<Row> {
  await p95(api, quiet, WARM_UP_SECONDS);
  const alone: number[] = [];
  const flooded: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await p95(api, quiet, SECONDS));
    // From a thread of its own, so that its load does not delay the clock of those measured.
    const duration = WARM_UP_SECONDS + SECONDS;
    const end = flood.map((one) => autocannon({ ...one, workers: 1, duration }));
    await p95(api, quiet, WARM_UP_SECONDS);
    flooded.push(await p95(api, quiet, SECONDS));
    await Promise.all(end);
  }
  return {
    name: `p95 of one company’s verify/match while another floods ${what}`,
    value: median(flooded),
    unit: 'ms',
    yardstick: 'the same without the flood',
    beside: median(alone),
    aim: '≤ 3',
  };
}

/** The 95th percentile of checks that each of a few callers sends one after another. */
async function p95(api: string, company: BenchCompany, seconds: number): Promise<number> {
  const bodies = matchBodies([company]);
  // A token: from the address of a flood of wrong ones, ids in a body are refused.
  const headers = { ...JSON_TYPE, authorization: `Bearer ${company.token}` };
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  const caller = async (first: number): Promise<void> => {
    for (let at = first; performance.now() < end; at += CALMS) {
      const body = bodies[at % bodies.length] ?? '';
      const startedAt = performance.now();
      const init = { method: 'POST', headers, body };
      const response = await fetch(`${api}/verify/match`, init);
      await response.text();
      if (response.status !== 200) throw new Error(`a check got ${String(response.status)}`);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CALMS }, (_, first) => caller(first)));
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}

function checking(api: string, company: BenchCompany): autocannon.Options {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${company.token}` };
  const requests = matchBodies([company]).map((body) => ({
    method: 'POST' as const,
    headers,
    body,
  }));
  return { url: `${api}/verify/match`, requests };
}

/** Everything that a company, or somebody who pretends to be one, can send. */
function entrances(api: string, company: BenchCompany): autocannon.Options[] {
  const bearer = { authorization: `Bearer ${company.token}` };
  const json = { ...JSON_TYPE, ...bearer };
  const boundary = 'flood';
  const ids = company.certificateIds.slice(0, 100);
  return [
    checking(api, company),
    {
      url: `${api}/opt-out`,
      method: 'POST',
      headers: json,
      body: JSON.stringify({ company_id: company.id, email: 'nobody@example.com' }),
    },
    {
      url: `${api}/revocations/bulk`,
      method: 'POST',
      headers: json,
      body: JSON.stringify({ certificate_ids: ids }),
    },
    {
      url: `${api}/revocations/csv`,
      method: 'POST',
      headers: { ...bearer, 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: [
        `--${boundary}`,
        'Content-Disposition: form-data; name="file"; filename="list.csv"',
        'Content-Type: text/csv',
        '',
        'email\nnobody@example.com',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    },
    { url: `${api}/wallet`, headers: { authorization: 'Bearer rescind_tok_wrong' } },
  ];
}
