import { randomBytes } from 'node:crypto';
import { emailOf, makePeople, uploadCsv } from './csv-data';
import { type BenchCompany, CONSENT, makeCompanies } from './data';
import { ended, startWorker } from './file-worker';
import { sendExactly } from './load';
import type { Bench, Part } from './part';
import { cpuMs } from './process-usage';
import { withServers } from './servers';
import { grown } from './stored-bytes';
import type { Row } from './table';

const CONNECTIONS = 16;
const WARM_UP = 100 * CONNECTIONS;
const CERTIFICATES = 300 * CONNECTIONS;
const ROWS = 50_000;

/** What a registered certificate and a row of a file cost: CPU beside a bare echo, and bytes. */
export const sizingRows: Part = async (bench) => {
  bench.say('sizes …');
  const [company] = await makeCompanies(bench.ctx, 1, 1);
  if (!company) throw new Error('a company is needed');
  return [...(await certificates(bench, company)), ...(await rowsOfFile(bench, company))];
};

function certificates(bench: Bench, company: BenchCompany): Promise<Row[]> {
  return withServers(bench.env, ['api', 'echo'], async ({ api, echo }) => {
    const bodies = Array.from({ length: WARM_UP + CERTIFICATES }, (_, i) =>
      registration(company, i),
    );
    const warmUp = bodies.splice(0, WARM_UP);
    const headers = { authorization: `Bearer ${company.token}` };
    const send = (server: typeof api, path: string, these: string[]) =>
      sendExactly(these.length, {
        servers: [server],
        path,
        bodies: these,
        headers,
        connections: CONNECTIONS,
      });
    const cpu = async (server: typeof api, path: string): Promise<number> => {
      const before = cpuMs(server.pid);
      await send(server, path, bodies);
      return ((cpuMs(server.pid) - before) * 1_000) / CERTIFICATES;
    };
    await send(echo, '/echo', warmUp);
    const plain = await cpu(echo, '/echo');
    await send(api, '/certificates', warmUp);
    let ours = 0;
    const bytes = await grown(bench, CERTIFICATES, async () => {
      ours = await cpu(api, '/certificates');
    });
    const sent = bodies.reduce((sum, body) => sum + body.length, 0) / CERTIFICATES;
    return [
      { ...micros('API process per registered certificate', ours), beside: plain },
      { ...stored('registered certificate'), value: bytes, yardstick: 'its JSON', beside: sent },
    ];
  });
}

function registration({ propertyId }: BenchCompany, i: number): string {
  return JSON.stringify({
    property_id: propertyId,
    session_id: `sizing-${randomBytes(8).toString('hex')}`,
    email: emailOf(i),
    mobile: `+1415${String(2_300_000 + i)}`,
    origin: 'https://example.com/signup',
    consents: [{ type: 'tcpa-express-consent', text: CONSENT }],
  });
}

async function rowsOfFile(bench: Bench, company: BenchCompany): Promise<Row[]> {
  const { ctx, env } = bench;
  const ids = await makePeople(ctx, company, ROWS);
  const worker = await startWorker(env);
  const before = cpuMs(worker.pid);
  const bytes = await grown(bench, ROWS, async () => {
    const batch = await uploadCsv(ctx, company.id, 'certificate_id', ROWS, (i) => ids[i] ?? '');
    await ended(ctx, batch);
  });
  const used = ((cpuMs(worker.pid) - before) * 1_000) / ROWS;
  await worker.stop();
  const sent = ids.reduce((sum, id) => sum + id.length + 1, 0) / ROWS;
  return [
    {
      ...micros('worker per row of a file, revoked and audited', used),
      yardstick: '–',
    },
    { ...stored('row of a file'), value: bytes, yardstick: 'its line in the file', beside: sent },
  ];
}

function micros(name: string, value: number): Row {
  const yardstick = 'bare Express echo';
  return { name: `CPU of the ${name}`, value, unit: 'µs', yardstick, beside: null, aim: '–' };
}

function stored(of: string): Row {
  const name = `bytes stored per ${of}`;
  return { name, value: 0, unit: 'B', yardstick: '', beside: null, aim: '–' };
}
