import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeEvidence } from '../../../src/core/evidence/make-evidence';
import type { Context } from '../../../src/context';
import { collections } from '../../helpers/collections';
import { CONSENT, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import type { Service } from '../../helpers/service';
import { unzip } from '../../helpers/unzip';
import { never } from '../cleanup/scene';

/** Asks for the evidence of a certificate; the archive's files once it is there. */
export async function ask(
  { url }: Service,
  certificateId: string,
  token: string,
): Promise<{ status: number; headers: Headers; files: Map<string, Buffer>; body: unknown }> {
  const at = `${url}/certificates/${encodeURIComponent(certificateId)}/evidence.zip`;
  const response = await fetch(at, { headers: { authorization: `Bearer ${token}` } });
  const bytes = Buffer.from(await response.arrayBuffer());
  const { status, headers } = response;
  const isZip = headers.get('content-type') === 'application/zip';
  return {
    status,
    headers,
    files: isZip ? await unzip(bytes) : new Map(),
    body: isZip ? null : (JSON.parse(bytes.toString()) as unknown),
  };
}

/** Does what workers would with what has been asked for. */
export async function makeAll(ctx: Context): Promise<string[]> {
  await growLogNow(ctx);
  const asked = await collections(ctx).evidence.find({ state: 'pending' }).toArray();
  const outcomes = [];
  for (const { _id } of asked) {
    outcomes.push(await makeEvidence({ ctx, evidenceId: _id, signal: never }));
  }
  return outcomes;
}

/** Asks, has it made, and asks again. */
export async function fetchEvidence(service: Service, certificateId: string, token: string) {
  const first = await ask(service, certificateId, token);
  expect([first.status, first.body, first.headers.get('retry-after')]).toEqual([
    202,
    { state: 'pending' },
    '2',
  ]);
  expect(await makeAll(service.ctx)).toEqual(['done']);
  const second = await ask(service, certificateId, token);
  expect(second.status).toBe(200);
  return second.files;
}

/** Checks a certificate as its company. */
export async function check({ post }: Service, { ids }: TestCompany, certificate_id: string) {
  return (await post('/verify/match', { ...ids, certificate_id, consent: CONSENT })).status;
}

/** What the verifier of an archive says of each of its receipts, by plain Node.js. */
export async function verifyAll(
  files: Map<string, Buffer>,
  names = receiptsIn(files),
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  try {
    for (const name of ['verify-receipt.mjs', ...names]) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), files.get(name)!);
    }
    const said: string[] = [];
    for (const name of names) said.push(await run(folder, name));
    return said;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(cwd: string, receipt: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['verify-receipt.mjs', receipt], { cwd }, (_, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

/** The names of the receipts in an archive. */
export function receiptsIn(files: Map<string, Buffer>): string[] {
  return [...files.keys()].filter((name) => name.startsWith('receipts/'));
}
