import { createServer } from 'node:http';
import { askWitnesses, newWitnesses, type Witness } from '../../../src/core/proof/ask-witnesses';
import { growOnce } from '../../../src/core/proof/grow-log';
import { openLog } from '../../../src/core/proof/open-log';
import { noteKeys, readCheckpoint } from '../../../src/core/proof/read-log';
import { readHealth } from '../../../src/core/health/read-health';
import { scrapeMetrics } from '../../../src/core/health/scrape-metrics';
import { changeEntry } from '../../../src/core/audit/record-change';
import { checkpointText, parseCheckpoint } from '../../../src/lib/tlog/checkpoint';
import { isSignedBy, parseNote, signNote } from '../../../src/lib/tlog/note';
import type { LogHead } from '../../../src/store/proof-log';
import { signingKeyOf } from '../../../src/core/proof/log-keys';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { backUp } from '../../helpers/backup';
import { type Service, startService } from '../../helpers/service';
import { startWitness, type TestWitness } from '../../helpers/witness';

let service: Service;
let company: TestCompany;
let good: TestWitness;
let other: TestWitness;
const region = 'default';
const ctx = () => service.ctx;
const store = () => ctx().store.regions[region].proofLog;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(ctx());
  good = await startWitness('good.example/w');
  other = await startWitness('other.example/w');
  await openLog({ ctx: ctx(), region });
  for (const one of [good, other]) one.trusts = await noteKeys({ ctx: ctx(), region });
});
afterAll(async () => {
  await Promise.all([service.close(), good.close(), other.close()]);
});

/** Witnesses as a process that has just started knows them. */
function asked(...these: Pick<TestWitness, 'key' | 'url'>[]): Witness[] {
  const config = { ...ctx().config, witnesses: these.map(({ key, url }) => ({ key, url })) };
  return newWitnesses({ ctx: { ...ctx(), config }, region });
}

async function record(count = 3): Promise<void> {
  const change = { ctx: ctx(), companyId: company.id, caller: CALLER } as const;
  const entries = Array.from({ length: count }, () =>
    changeEntry({ ...change, action: 'company.updated' }),
  );
  await ctx().store.regions[region].audit.appendMany(entries);
}

/** Records something and publishes it; gives whose cosignatures are on the checkpoint, all good. */
async function publish(witnesses: Witness[], count = 3): Promise<string[]> {
  await record(count);
  const head = await store().takeOver((await openLog({ ctx: ctx(), region }))._id);
  const grown = (await growOnce({ ctx: ctx(), region, head, witnesses }))!;
  const note = parseNote(await readCheckpoint({ ctx: ctx(), region }))!;
  const [key] = await noteKeys({ ctx: ctx(), region });
  expect(isSignedBy(note, key!)).toBe(true);
  if (!grown.head.stopped_reason) {
    expect(parseCheckpoint(note.text)!.size).toBe(grown.head.size);
  }
  const names = note.signatures.map(({ name }) => name).filter((name) => name !== key!.name);
  for (const { key: theirs } of [good, other]) {
    if (names.includes(theirs.name)) expect(isSignedBy(note, theirs)).toBe(true);
  }
  return names;
}

test('checkpoints are published with cosignatures, each from where the witness was', async () => {
  const witnesses = asked(good, other);
  expect(await publish(witnesses, 300)).toEqual([good.key.name, other.key.name]);
  good.statuses = [];
  expect(await publish(witnesses)).toHaveLength(2);
  expect(good.statuses).toEqual([200]);
  good.statuses = [];
  // Another process does not know how far they are.
  expect(await publish(asked(good, other), 270)).toHaveLength(2);
  expect(good.statuses).toEqual([409, 200]);
});

test('a witness that is away is left out, not asked at every round, and catches up', async () => {
  const witnesses = asked(good, other);
  await publish(witnesses);
  let calls = 0;
  other.instead = (request) => {
    calls += 1;
    request.destroy();
  };
  expect(await publish(witnesses)).toEqual([good.key.name]);
  const first = witnesses[1]!.askAgainAtMs - performance.now();
  expect(first <= 1_000).toBe(true);
  witnesses[1]!.askAgainAtMs = performance.now() + 60_000;
  expect(await publish(witnesses, 257)).toEqual([good.key.name]);
  expect(calls).toBe(1);
  for (let i = 0; i < 9; i += 1) {
    witnesses[1]!.askAgainAtMs = 0;
    await publish(witnesses, 1);
  }
  expect(calls).toBe(10);
  const wait = witnesses[1]!.askAgainAtMs - performance.now();
  expect(wait > 50_000 && wait <= 60_000).toBe(true);
  other.instead = null;
  witnesses[1]!.askAgainAtMs = 0;
  expect(await publish(witnesses)).toEqual([good.key.name, other.key.name]);
});

test('a witness that does not know the log, or its key, is left out', async () => {
  const { trusts } = other;
  other.trusts = [];
  expect(await publish(asked(other, good))).toEqual([good.key.name]);
  other.trusts = [{ ...trusts[0]!, publicKey: Buffer.alloc(32) }];
  expect(await publish(asked(other, good))).toEqual([good.key.name]);
  other.trusts = trusts;
  expect(await publish(asked(other))).toEqual([other.key.name]);
});

test('whatever witnesses answer, the checkpoint is there within their time', async () => {
  const wrong = other.key;
  const forged = signNote(
    'something else\n',
    wrong.name,
    signingKeyOf({ ctx: ctx(), head: await head() }),
  );
  const paths: Record<string, { status: number; type?: string; body?: string }> = {
    garbage: { status: 200, body: 'neither — a b\nnor c' },
    empty: { status: 200, body: '' },
    unknown: { status: 200, body: forged },
    long: { status: 200, body: 'x'.repeat(10 * 2 ** 20) },
    refused: { status: 500, body: '<html>' },
    moved: { status: 302, body: '' },
    sizeless: { status: 409, type: 'text/x.tlog.size', body: 'many\n' },
    untyped: { status: 409, body: '999999999\n' },
    again: { status: 409, type: 'text/x.tlog.size', body: '1\n' },
  };
  const server = createServer((request, response) => {
    const name = request.url!.split('/')[1]!;
    const answer = paths[name];
    if (name === 'silent') return;
    if (!answer) {
      const drip = setInterval(() => response.write('—'), 100);
      response.on('close', () => {
        clearInterval(drip);
      });
      return;
    }
    const { status, type = 'text/plain', body } = answer;
    response.writeHead(status, { 'content-type': type, location: good.url });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const these = [...Object.keys(paths), 'silent', 'endless'].map((name) => ({
    key: wrong,
    url: `http://127.0.0.1:${String(port)}/${name}`,
  }));
  const startedAt = performance.now();
  expect(await publish([...asked(...these), ...asked(good)])).toEqual([good.key.name]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const head = async (): Promise<LogHead> => (await store().head())!;

test('of two checkpoints of one size the witness refuses the second', async () => {
  const witnesses = asked(good);
  await publish(witnesses);
  const now = await head();
  const { origin, size } = now;
  const text = checkpointText({ origin, size, root: Buffer.alloc(32, 1) });
  const checkpoint = `${text}\n${signNote(text, origin, signingKeyOf({ ctx: ctx(), head: now }))}`;
  const said = await askWitnesses({ ctx: ctx(), region, head: now, checkpoint }, witnesses);
  expect(said).toEqual({
    lines: [],
    contradiction: `${good.key.name} has cosigned another tree of this log`,
  });
});

test('a process that has lost the log stops nothing when it asks about an older tree', async () => {
  await record();
  const former = await store().takeOver((await head())._id);
  await publish(asked(good));
  const stale = { ...former, checkpoint_size: 0, stopped_reason: null };
  expect(await growOnce({ ctx: ctx(), region, head: stale, witnesses: asked(good) })).toBeNull();
  expect((await head()).stopped_reason).toBeNull();
});

describe('a database that was restored to yesterday', () => {
  let errors: unknown[];
  let published: string;

  test('stops publishing, as the witness knows a newer checkpoint', async () => {
    await publish(asked(good));
    const restore = await backUp(ctx());
    await publish(asked(good), 5);
    await restore();
    published = await readCheckpoint({ ctx: ctx(), region });
    errors = [];
    ctx().log.error = (told: unknown) => errors.push(told);
    await publish(asked(good), 2);
    expect(await readCheckpoint({ ctx: ctx(), region })).toBe(published);
    const reason = (await head()).stopped_reason!;
    expect(reason).toMatch(/^good\.example\/w has cosigned \d+ records of this log, and there are/);
    expect(errors).toEqual([expect.objectContaining({ region, reason })]);
  });

  test('is told to operators, and to whoever scrapes metrics', async () => {
    const { concerns, verdict } = await readHealth({ ctx: ctx() });
    expect(concerns).toContainEqual(expect.objectContaining({ what: 'logStopped' }));
    expect(verdict).toBe('act');
    const { text } = await scrapeMetrics({ ctx: ctx() });
    const { size } = parseCheckpoint(parseNote(published)!.text)!;
    expect(text).toContain('rescind_log_stopped{region="default"} 1\n');
    expect(text).toContain(`rescind_log_checkpoint_size{region="default"} ${String(size)}\n`);
    expect(text).toMatch(/rescind_log_checkpoint_age_seconds\{region="default"\} \d/);
  });

  test('goes on with checks and revocations, and publishes nothing, however long it grows', async () => {
    const { id } = await makeCertificate(ctx(), company);
    const revoked = await service.post(
      '/opt-out',
      { company_id: company.id, certificate_id: id },
      { token: company.token },
    );
    expect(revoked.status).toBe(200);
    await publish(asked(good), 20);
    await publish([], 20);
    expect(await readCheckpoint({ ctx: ctx(), region })).toBe(published);
    expect(errors).toHaveLength(1);
  });
});
