import autocannon from 'autocannon';
import { type BenchCompany, matchBodies } from './data';
import type { Row } from './table';

const SECONDS = 10;
const WARM_UP_SECONDS = 3;
/** Of the company that is measured: one after another. */
const CALMS = 2;
/** Of the one that floods, at each entrance. */
const FLOODING = 16;
const JSON_TYPE = { 'content-type': 'application/json' };

type Options = Pick<autocannon.Options, 'url' | 'method' | 'headers' | 'body' | 'requests'>;

/**
 * One company floods every entrance: checks, opt-outs, bulk revocations, uploads, wrong tokens. What
 * that does to the checks of another: their 95th percentile beside the same without the flood.
 */
export async function floodRow(
  api: string,
  quiet: BenchCompany,
  flooding: BenchCompany,
): Promise<Row> {
  await p95(api, quiet, WARM_UP_SECONDS);
  const alone = await p95(api, quiet, SECONDS);
  const flood = entrances(api, flooding).map((options) =>
    autocannon({ ...options, connections: FLOODING, duration: SECONDS + WARM_UP_SECONDS }),
  );
  await p95(api, quiet, WARM_UP_SECONDS);
  const flooded = await p95(api, quiet, SECONDS - WARM_UP_SECONDS);
  await Promise.all(flood);
  return {
    name: 'p95 of one company’s verify/match while another floods every entrance',
    value: flooded,
    unit: 'ms',
    yardstick: 'the same without the flood',
    beside: alone,
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

/** Everything that a company, or somebody who pretends to be one, can send. */
function entrances(api: string, company: BenchCompany): Options[] {
  const bearer = { authorization: `Bearer ${company.token}` };
  const json = { ...JSON_TYPE, ...bearer };
  const boundary = 'flood';
  const ids = company.certificateIds.slice(0, 100);
  return [
    {
      url: `${api}/verify/match`,
      requests: matchBodies([company]).map((body) => ({
        method: 'POST',
        headers: json,
        body,
      })),
    },
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
