import { Readable } from 'node:stream';
import { sized } from '../helpers/soak';
import { until } from '../helpers/until';
import { type HttpsReply, type Nginx, startNginx } from './nginx';
import { type Child, startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  expectRevokedOnce,
  freshIp,
  LONG_MS,
  makeCertificates,
  openScene,
  type Scene,
} from './scene';
import { CONSENT } from '../helpers/company';

const SETTINGS = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://consent.example.com',
  // By number: nginx and its callers have the same address here.
  TRUST_PROXY: '1',
  OPERATOR_TOKEN: 'test-operator-token-0123456789-0123456789',
  IDENTIFIER_KEY: 'test-identifier-key-0123456789-0123456789',
};
const LIMIT = 10;
const CALLERS = 6;
const ROUNDS = sized({ suite: 1, soak: 5 });
const UPLOAD_MIB = sized({ suite: 24, soak: 1_000 });
const MIB = 1024 ** 2;

let scene: Scene;
let webs: [Web, Web];
let workers: [Child, Child];
let nginx: Nginx;

beforeAll(async () => {
  scene = await openScene(SETTINGS);
  webs = await Promise.all([startWeb(scene.env), startWeb(scene.env)]);
  workers = await Promise.all([startWorker(scene.env), startWorker(scene.env)]);
  nginx = await startNginx([portOf(webs[0]), portOf(webs[1])]);
});
afterAll(async () => {
  await nginx.stop();
  await scene.close();
});

const portOf = ({ url }: Web): number => Number(new URL(url).port);

const JSON_TYPE = { 'content-type': 'application/json' };

function post(path: string, body: object, headers: Record<string, string> = {}) {
  return nginx.call('POST', path, {
    body: JSON.stringify(body),
    headers: { ...JSON_TYPE, ...headers },
  });
}

const optOut = (named: object, headers = {}): Promise<HttpsReply> =>
  post('/opt-out', { company_id: scene.company.id, ...named }, headers);

const bearer = () => ({ authorization: `Bearer ${scene.company.token}` });

test('limits go by the address that nginx saw, whatever a caller claims, over both processes', async () => {
  const statuses: number[] = [];
  for (let n = 0; n <= LIMIT; n++) {
    const claimed = { 'x-forwarded-for': freshIp() };
    statuses.push((await optOut({ email: 'nobody@example.com' }, claimed)).status);
  }
  expect(statuses).toEqual([...Array.from({ length: LIMIT }, () => 200), 429]);
  const { headers } = await nginx.call('GET', '/healthz');
  expect(headers['strict-transport-security']).toBeDefined();
});

/** Rows that name nobody; each line has 64 bytes. */
function* unknownRows(mib: number): Generator<string> {
  yield 'certificate_id\n';
  for (let block = 0; block < mib; block++) {
    const rows = Array.from({ length: MIB / 64 }, (_, row) =>
      `EC-nobody-${String(block)}-${String(row)}`.padEnd(63, 'x'),
    );
    yield `${rows.join('\n')}\n`;
  }
}

test('a large file goes through without being kept, and its events come as they happen', async () => {
  const boundary = 'x'.repeat(40);
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="many.csv"\r\ncontent-type: text/csv\r\n\r\n`;
  const pieces = function* () {
    yield head;
    yield* unknownRows(UPLOAD_MIB);
    yield `\r\n--${boundary}--\r\n`;
  };
  const kept: string[][] = [];
  const looking = setInterval(() => void nginx.keptBodies().then((files) => kept.push(files)), 50);
  const upload = await nginx.call('POST', '/revocations/csv', {
    headers: { ...bearer(), 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Readable.from(pieces()),
  });
  clearInterval(looking);
  expect([upload.status, kept.flat()]).toEqual([202, []]);
  expect(kept.length).toBeGreaterThan(0);

  const path = new URL(upload.body.status_url).pathname;
  const views: { at: number; state: string }[] = [];
  const stream = await nginx.call('GET', `${path}/events`, {
    headers: bearer(),
    onData: (text) => {
      for (const [, state = ''] of text.matchAll(/"state":"(\w+)"/g)) {
        views.push({ at: performance.now(), state });
      }
    },
  });
  expect([stream.status, views.at(-1)?.state]).toEqual([200, 'completed']);
  // Had nginx kept them back, all would have come at the end.
  expect(views.at(-1)!.at - views[0]!.at).toBeGreaterThan(500);
});

test('each process restarted, one by one, under load: no call fails, nothing is done twice', async () => {
  const { ids: active } = await makeCertificates(scene, 20);
  const { ids: leaving } = await makeCertificates(scene, 2_000);
  const answers: Record<string, number> = {};
  const failed: string[] = [];
  const revoked: string[] = [];
  let over = false;
  const ask = async (what: string, wanted: number, call: Promise<HttpsReply>): Promise<void> => {
    try {
      const { status, body } = await call;
      if (status === wanted) answers[what] = (answers[what] ?? 0) + 1;
      else failed.push(`${what} ${String(status)} ${JSON.stringify(body)}`);
    } catch (error) {
      failed.push(`${what} ${String(error)}`);
    }
  };
  const check = (id: string) =>
    post('/verify/match', { ...scene.company.ids, certificate_id: id, consent: CONSENT });
  const caller = async (): Promise<void> => {
    for (let n = 0; !over; n++) {
      await ask('check', 200, check(active[n % active.length]!));
      const id = leaving.pop()!;
      await ask('opt-out', 200, optOut({ certificate_id: id }, bearer()));
      revoked.push(id);
      await ask('check of a revoked one', 403, check(id));
    }
  };
  const calling = Promise.all(Array.from({ length: CALLERS }, caller));
  const more = async (): Promise<void> => {
    const so_far = answers.check ?? 0;
    await until('the callers go on', () => (answers.check ?? 0) > so_far + 2 * CALLERS, LONG_MS);
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const at of [0, 1] as const) {
      await more();
      const [web, worker] = [webs[at], workers[at]];
      worker.signal('SIGTERM');
      web.signal('SIGTERM');
      expect(await Promise.all([web.exited, worker.exited])).toEqual(['code 0', 'code 0']);
      await more();
      workers[at] = await startWorker(scene.env);
      webs[at] = await startWeb({ ...scene.env, PORT: String(portOf(web)) });
      await until('nginx has looked at it again', () => webs[at].count('call') > 0, LONG_MS);
    }
  }
  await more();
  over = true;
  await calling;
  expect(failed).toEqual([]);
  await allFinished(scene);
  await expectRevokedOnce(scene, revoked);
}, 180_000);
