import { createServer } from 'node:http';
import { askWitnesses, type Witness } from '../../../src/core/proof/ask-witnesses';
import { growOnce } from '../../../src/core/proof/grow-log';
import { signingKeyOf } from '../../../src/core/proof/log-keys';
import { checkpointText } from '../../../src/lib/tlog/checkpoint';
import { signatureLine, signNote } from '../../../src/lib/tlog/note';
import type { TestWitness } from '../../helpers/witness';
import { openWitnessScene, type WitnessScene } from './witness-scene';

let scene: WitnessScene;
let good: TestWitness;
let other: TestWitness;
const region = 'default';
const ctx = () => scene.ctx;
const head = () => scene.head();
const asked = (...these: Pick<TestWitness, 'key' | 'url'>[]) => scene.asked(...these);
const publish = (witnesses: Witness[], count?: number) => scene.publish(witnesses, count);

beforeAll(async () => {
  scene = await openWitnessScene();
  ({ good, other } = scene);
});
afterAll(() => scene.close());

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
    wrong: { status: 200, body: signatureLine(wrong, Buffer.alloc(72, 1)) },
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
  const timely = asked(...these).map((one) => ({ ...one, deadlineMs: 2_000 }));
  const startedAt = performance.now();
  expect(await publish([...timely, ...asked(good)])).toEqual([good.key.name]);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

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
  await scene.record();
  const former = await scene.store.takeOver((await head())._id);
  await publish(asked(good));
  const stale = { ...former, checkpoint_size: 0, stopped_reason: null };
  expect(await growOnce({ ctx: ctx(), region, head: stale, witnesses: asked(good) })).toBeNull();
  expect((await head()).stopped_reason).toBeNull();
});
