import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Poster } from '../../../src/lib/posting/poster';
import { newId } from '../../../src/lib/random-ids';
import { newWebhookSecret, signWebhook } from '../../../src/lib/standard-webhooks';
import { until } from '../../helpers/until';

const RECEIVERS = {
  TypeScript: [
    process.execPath,
    '--import',
    'tsx',
    require.resolve('../../../scripts/examples/webhooks.ts'),
  ],
  Python: ['scripts/examples/webhooks.py'],
} as const;
type Language = keyof typeof RECEIVERS;
const LANGUAGES = Object.keys(RECEIVERS) as Language[];

const SECRET = newWebhookSecret();
const HOUR_MS = 3_600_000;

const poster = new Poster({ allowPrivate: true });
let folder: string;
const running: ChildProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-webhooks-'));
});
afterAll(async () => {
  poster.close();
  await Promise.all(running.map(stop));
  await rm(folder, { recursive: true });
});

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

interface List {
  people: Record<string, { channels: string[] }>;
  seen: string[];
}

/** A receiver with a list of its own, in which Ann and Bo may be called and sent texts. */
async function startReceiver(language: Language) {
  const file = path.join(folder, `${newId('list')}.json`);
  const save = (list: List) => writeFile(file, JSON.stringify(list));
  const channels = ['call', 'text'];
  await save({ people: { 'EC-ann': { channels }, 'EC-bo': { channels } }, seen: [] });
  let child: ChildProcess;
  let url = '';
  let said = '';
  const start = async () => {
    const [command, ...args] = RECEIVERS[language];
    said = '';
    child = spawn(command, args, {
      env: { ...process.env, WEBHOOK_SECRET: SECRET, LIST: file, PORT: '0' },
    });
    running.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
    }
    const port = await until('it listens', () => /listening on (\d+)/.exec(said)?.[1]);
    url = `http://127.0.0.1:${port}/`;
  };
  await start();
  return {
    list: async () => JSON.parse(await readFile(file, 'utf8')) as List,
    save,
    said: () => said,
    /** Posts a message as the service does; gives the status. */
    send: async (message: Message) => {
      const { body, headers } = message;
      const { status, failure } = await poster.post({ url, headers, body });
      return status ?? failure;
    },
    restart: async () => {
      await stop(child);
      await start();
    },
  };
}

interface Message {
  headers: Record<string, string>;
  body: string;
}

interface Made {
  type?: string;
  data?: object;
  id?: string;
  at?: Date;
  secrets?: string[];
}

function message({
  type = 'certificate.revoked',
  data = { certificate_ids: ['EC-ann'], channels: ['call', 'text', 'email'] },
  id = newId('evt'),
  at = new Date(),
  secrets = [SECRET],
}: Made = {}): Message {
  const body = JSON.stringify({ type, timestamp: at, sequence: 1, data });
  return { body, headers: signWebhook({ id, at, body, secrets }) };
}

describe.each(LANGUAGES)('the receiver in %s', (language) => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    receiver = await startReceiver(language);
  });
  const people = async () => (await receiver.list()).people;

  test('takes whoever has opted out off its list, of the channels that are named', async () => {
    const of = (channels: string[]) =>
      message({ data: { certificate_ids: ['EC-bo', 'EC-stranger'], channels } });
    expect(await receiver.send(of(['call']))).toBe(204);
    expect(await people()).toEqual({
      'EC-ann': { channels: ['call', 'text'] },
      'EC-bo': { channels: ['text'] },
    });
    expect(await receiver.send(of(['call', 'text', 'email']))).toBe(204);
    expect(await people()).toEqual({ 'EC-ann': { channels: ['call', 'text'] } });
  });

  test('refuses what is not genuine, and what is old', async () => {
    const good = message();
    const bad: Message[] = [
      { ...good, body: good.body.replace('EC-ann', 'EC-bo') },
      { ...good, body: `${good.body}\n` },
      { ...good, headers: { ...good.headers, 'webhook-id': 'evt_other' } },
      { ...good, headers: { ...good.headers, 'webhook-signature': 'v1,' } },
      { ...good, headers: { ...good.headers, 'webhook-timestamp': 'now' } },
      { ...good, headers: {} },
      message({ secrets: [newWebhookSecret()] }),
      message({ at: new Date(Date.now() - HOUR_MS) }),
      message({ at: new Date(Date.now() + HOUR_MS) }),
    ];
    const before = await receiver.list();
    for (const one of bad) expect(await receiver.send(one)).toBe(401);
    // It may hang up while this is still being sent.
    const tooLong = await receiver.send({ ...good, body: 'x'.repeat(2_000_000) });
    expect([413, 'closed']).toContain(tooLong);
    expect(await receiver.list()).toEqual(before);
  });

  test('handles none twice, not even after it was killed', async () => {
    const sent = message();
    const id = String(sent.headers['webhook-id']);
    expect(await receiver.send(sent)).toBe(204);
    expect(await people()).toEqual({});
    // She has agreed anew, as the old message comes again.
    const { seen } = await receiver.list();
    const anew = { 'EC-ann': { channels: ['call'] } };
    await receiver.save({ people: anew, seen });
    expect(await receiver.send(sent)).toBe(204);
    await receiver.restart();
    expect(await receiver.send(message({ id }))).toBe(204);
    expect(await people()).toEqual(anew);
    await until('it says so', () => receiver.said().includes(`${id}: known`));
  });

  test('takes what is signed with a new secret and its own', async () => {
    expect(await receiver.send(message({ secrets: [newWebhookSecret(), SECRET] }))).toBe(204);
    expect(await people()).toEqual({});
  });

  test('has no use for other events', async () => {
    const data = { endpoint_id: 'whe_1' };
    expect(await receiver.send(message({ type: 'endpoint.test', data }))).toBe(204);
  });

  test('loses nothing of what comes at once', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `EC-${String(i)}`);
    const channels = ['call'];
    const all = Object.fromEntries(ids.map((id) => [id, { channels }]));
    await receiver.save({ people: all, seen: [] });
    const sent = ids.map((id) => message({ data: { certificate_ids: [id], channels } }));
    const statuses = await Promise.all(sent.map((one) => receiver.send(one)));
    expect(new Set(statuses)).toEqual(new Set([204]));
    const list = await receiver.list();
    expect(list.people).toEqual({});
    expect(list.seen).toHaveLength(20);
  });

  test('asks for what it could not save to be sent again', async () => {
    const sent = message();
    await receiver.save({} as List);
    expect(await receiver.send(sent)).toBe(500);
    await receiver.save({ people: { 'EC-ann': { channels: ['call'] } }, seen: [] });
    expect(await receiver.send(sent)).toBe(204);
    expect(await people()).toEqual({});
  });
});
