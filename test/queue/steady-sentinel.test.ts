import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { connectForRequests } from '../../src/queue/connection';
import { until } from '../helpers/until';

const server = new URL(process.env.TEST_REDIS_URL!);
const bulk = (text: string) => `$${String(text.length)}\r\n${text}\r\n`;
const list = (...items: string[]) => `*${String(items.length)}\r\n${items.join('')}`;
/** What a client did not ask for, or not just now. */
const push = (...items: string[]) => list(...items).replace('*', '>');

/** A Sentinel whose answers the test decides on. */
let sentinel: Server;
let redis: Redis;
let listener: Socket | null = null;
/** Told that somebody asks who the master is; null: that is answered at once. */
let asked: ((answer: () => void) => void) | null = null;

/** A client may send several commands at once, each an array of strings. */
function commandsIn(chunk: string): string[][] {
  const commands = chunk.split(/^\*\d+\r\n/m).slice(1);
  return commands.map((one) => one.split('\r\n').filter((_, at) => at % 2 === 1));
}

function reply(socket: Socket, [name = '', of = '']: string[]): void {
  const master = () => socket.write(list(bulk(server.hostname), bulk(server.port)));
  switch ([name, of].join(' ').toLowerCase()) {
    case 'sentinel get-master-addr-by-name':
      if (asked) asked(master);
      else master();
      return;
    case 'sentinel sentinels':
      socket.write(list());
      return;
    case 'subscribe +switch-master':
      listener = socket;
      socket.write(push(bulk('subscribe'), bulk(of), ':1\r\n'));
      return;
    default:
      socket.write('+OK\r\n');
  }
}

beforeAll(async () => {
  sentinel = createServer((socket) => {
    socket.on('error', () => undefined).setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      for (const command of commandsIn(chunk)) reply(socket, command);
    });
  }).listen(0, '127.0.0.1');
  await once(sentinel, 'listening');
  const { port } = sentinel.address() as AddressInfo;
  const { password } = server;
  redis = connectForRequests(
    `redis+sentinel://:${password}@127.0.0.1:${String(port)}/one`,
  ) as Redis;
  redis.on('error', () => undefined);
});
afterAll(() => {
  redis.disconnect();
  sentinel.close();
});

test('news of another master that come while it connects to that one end nothing', async () => {
  await until('the Sentinel has a listener', () => listener);
  const first = listener;
  const news = new Promise<void>((resolve) => {
    asked = (answer) => {
      asked = null;
      first?.write(push(bulk('message'), bulk('+switch-master'), bulk('one')));
      // Read before the answer is, which comes by another connection.
      setImmediate(() => setImmediate(answer));
      resolve();
    };
  });
  const id = String(await redis.client('ID'));
  await redis.call('CLIENT', 'KILL', 'ID', id, 'SKIPME', 'no').catch(() => undefined);
  await news;
  await until('it is connected again', () => redis.status === 'ready');
  expect(await redis.ping()).toBe('PONG');
});
