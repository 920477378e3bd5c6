import type http from 'node:http';
import { isPublicAddress } from '../../../src/lib/public-address';
import { until } from '../../helpers/until';
import {
  certificateFor,
  here,
  named,
  newPoster,
  post,
  receive,
  receiveByTls,
  receiveRaw,
  type Receiver,
  SLACK_MS,
  SOON_MS,
  started,
} from './scene';

describe('a POST', () => {
  test('sends bytes and headers as they are, and tells what was answered', async () => {
    const got: { method?: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
    const receiver = await started(
      receive((request, response) => {
        void request
          .setEncoding('utf8')
          .toArray()
          .then((pieces) => {
            got.push({ method: request.method, headers: request.headers, body: pieces.join('') });
            response.writeHead(503, { 'Retry-After': '120' }).end('später');
          });
      }),
    );
    const posted = await newPoster().post({
      url: here(receiver, '/hooks?tenant=1'),
      headers: { 'content-type': 'application/json', 'webhook-id': 'evt_1' },
      body: Buffer.from('{"é":1}'),
    });
    expect(posted).toEqual({
      failure: null,
      detail: '',
      status: 503,
      ms: expect.any(Number),
      answer: 'später',
      retryAfter: '120',
    });
    expect(got).toMatchObject([{ method: 'POST', body: '{"é":1}' }]);
    expect(got[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'evt_1',
      'content-length': '8',
      'accept-encoding': 'identity',
      host: `127.0.0.1:${String(receiver.port)}`,
    });
  });

  test('keeps the connection for the next one', async () => {
    const receiver = await started(
      receive((_, response) => {
        response.end('ok');
      }),
    );
    const poster = newPoster();
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    for (let i = 0; i < 20; i++) {
      expect(await post(poster, here(receiver))).toMatchObject({ status: 200 });
    }
    process.off('warning', warn);
    expect(receiver.sockets).toHaveLength(1);
    // Node warns of listeners that pile up.
    expect(warnings).toEqual([]);
  });

  test('is made again where a kept connection turns out to be closed', async () => {
    // Closes without a word as soon as a second request comes.
    let answered = 0;
    const receiver = await started(
      receiveRaw((socket) => {
        answered += 1;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        socket.once('data', () => socket.destroy());
      }),
    );
    const poster = newPoster();
    expect(await post(poster, here(receiver))).toMatchObject({ status: 200 });
    expect(await post(poster, here(receiver))).toMatchObject({ failure: null, status: 200 });
    expect({ answered, connections: receiver.sockets.length }).toEqual({
      answered: 2,
      connections: 2,
    });
  });

  test('that was not answered on a new connection is not made again', async () => {
    const receiver = await started(receiveRaw((socket) => socket.destroy()));
    expect(await post(newPoster(), here(receiver))).toMatchObject({
      failure: 'closed',
      status: null,
    });
    expect(receiver.sockets).toHaveLength(1);
  });

  test('can be stopped', async () => {
    const receiver = await started(receiveRaw(() => undefined));
    const stop = new AbortController();
    const poster = newPoster();
    const call = { url: here(receiver), headers: {}, body: '', signal: stop.signal };
    const posting = poster.post(call);
    await until('it is connected', () => receiver.sockets.length === 1);
    stop.abort();
    expect(await posting).toMatchObject({ failure: 'stopped' });
    expect(await poster.post(call)).toMatchObject({ failure: 'stopped' });
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%s is an answer like any other', async (status) => {
    const inside = await started(receive((_, response) => response.end('secret')));
    const receiver = await started(
      receive((_, response) => {
        response.writeHead(status, { Location: here(inside) }).end();
      }),
    );
    expect(await post(newPoster(), here(receiver))).toMatchObject({ failure: null, status });
    expect(inside.sockets).toHaveLength(0);
  });

  test('101 is none', async () => {
    const receiver = await started(
      receiveRaw((socket) => {
        socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
      }),
    );
    expect(await post(newPoster(), here(receiver))).toMatchObject({ failure: 'closed' });
  });
});

describe('addresses', () => {
  /** Posts to a name that has these addresses, by a poster that is as careful as on the internet. */
  async function postTo(addresses: string[]) {
    const receiver = await started(receive((_, response) => response.end('secret')));
    const poster = newPoster({
      resolve: () => Promise.resolve(addresses),
      accepts: isPublicAddress,
    });
    return { posted: await post(poster, named(receiver)), sockets: receiver.sockets };
  }

  test.each([
    ['loopback', ['127.0.0.1']],
    ['loopback of IPv6', ['::1']],
    ['mapped loopback', ['::ffff:127.0.0.1']],
    ['unspecified', ['0.0.0.0']],
    ['metadata', ['169.254.169.254']],
    ['private', ['10.1.2.3']],
    ['a public and a private one', ['93.184.216.34', '127.0.0.1']],
    [
      'a private behind more public ones than are tried',
      ['1.1.1.1', '1.0.0.1', '9.9.9.9', '10.0.0.1'],
    ],
    ['no address but a word', ['localhost']],
  ])('%s is not connected to, nor told', async (_, addresses) => {
    const { posted, sockets } = await postTo(addresses);
    expect(posted).toMatchObject({
      failure: 'address_refused',
      detail: 'the host has an address that is not public',
      status: null,
    });
    expect(sockets).toHaveLength(0);
  });

  test('a host without any is a failure of the DNS', async () => {
    const { posted } = await postTo([]);
    expect(posted).toMatchObject({ failure: 'dns_failed', detail: 'the host has no address' });
  });

  test('a DNS that refuses is told, one that never answers is given up', async () => {
    const refuses = Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
    const poster = newPoster({ resolve: () => Promise.reject(refuses) });
    expect(await post(poster, 'http://hooks.example.com/')).toMatchObject({
      failure: 'dns_failed',
      detail: 'the host has no address',
    });
    const slow = newPoster({ timeoutMs: SOON_MS, resolve: () => new Promise(() => undefined) });
    const posted = await post(slow, 'http://hooks.example.com/');
    expect(posted.failure).toBe('timed_out');
    expect(posted.ms).toBeLessThan(SOON_MS + SLACK_MS);
  });

  test('are looked at once: what the DNS says afterwards changes nothing', async () => {
    const right = await started(receive((_, response) => response.end('right')));
    const { port } = right;
    const wrong = await started(
      receive((_, response) => response.end('wrong'), { host: '127.0.0.2', port }),
    );
    let asked = 0;
    const poster = newPoster({
      resolve: () => Promise.resolve([++asked === 1 ? '127.0.0.1' : '127.0.0.2']),
      accepts: (address) => address === '127.0.0.1',
    });
    for (let i = 0; i < 3; i++) {
      expect(await post(poster, named(right))).toMatchObject({ status: 200, answer: 'right' });
    }
    expect({ asked, wrong: wrong.sockets.length }).toEqual({ asked: 1, wrong: 0 });
    // A new connection asks again, and is checked again.
    for (const socket of right.sockets) socket.destroy();
    expect(await post(poster, named(right))).toMatchObject({ failure: 'address_refused' });
    expect({ asked, wrong: wrong.sockets.length }).toEqual({ asked: 2, wrong: 0 });
  });

  test('the next is tried where one refuses', async () => {
    const receiver = await started(receive((_, response) => response.end('ok')));
    const poster = newPoster({ resolve: () => Promise.resolve(['127.0.0.3', '127.0.0.1']) });
    expect(await post(poster, named(receiver))).toMatchObject({ failure: null, status: 200 });
  });

  test('localhost is this machine without asking', async () => {
    const receiver = await started(receive((_, response) => response.end('ok')));
    const url = `http://localhost:${String(receiver.port)}/`;
    expect(await post(newPoster(), url)).toMatchObject({ status: 200 });
  });

  test.each([
    'http://example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://017700000001/',
    'https://0x7f.1/',
    'https://[::ffff:127.0.0.1]/',
    'https://ann:secret@example.com/',
    'https://example.com:6379/',
    'nothing',
  ])('%s is not even looked up', async (url) => {
    let asked = 0;
    const resolve = () => Promise.resolve([`127.0.0.${String(++asked)}`]);
    const posted = await post(newPoster({ allowPrivate: false, resolve }), url);
    expect(posted).toMatchObject({
      failure: 'url_refused',
      detail: expect.stringMatching(/^the URL must /),
    });
    expect(asked).toBe(0);
  });
});

describe('connections', () => {
  test('one that is refused', async () => {
    const receiver = await receive(() => undefined);
    await receiver.close();
    expect(await post(newPoster(), here(receiver))).toMatchObject({
      failure: 'connect_failed',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  const HOST = 'hooks.example.com';
  const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const byTls = ({ port }: Receiver) => `https://${HOST}:${String(port)}/`;
  const resolve = () => Promise.resolve(['127.0.0.1']);

  test('by TLS, to the right name under a certificate that is trusted', async () => {
    const own = await certificateFor(HOST);
    const receiver = await started(receiveByTls(own, ANSWER));
    const poster = newPoster({ resolve, ca: own.cert });
    for (let i = 0; i < 2; i++) {
      expect(await post(poster, byTls(receiver))).toMatchObject({ failure: null, answer: 'ok' });
    }
    expect(receiver.sockets).toHaveLength(1);
  });

  test('by TLS, where nobody trusts the certificate', async () => {
    const receiver = await started(receiveByTls(await certificateFor(HOST), ANSWER));
    expect(await post(newPoster({ resolve }), byTls(receiver))).toMatchObject({
      failure: 'tls_failed',
      detail: expect.stringContaining('self-signed'),
    });
  });

  test('by TLS, where the certificate is for another name', async () => {
    const other = await certificateFor('other.example.com');
    const receiver = await started(receiveByTls(other, ANSWER));
    const poster = newPoster({ resolve, ca: other.cert });
    expect(await post(poster, byTls(receiver))).toMatchObject({
      failure: 'tls_failed',
      detail: expect.stringContaining('does not match'),
    });
  });

  test('by TLS, to a server that does not speak it, or says nothing', async () => {
    const plain = await started(receiveRaw((socket) => socket.end(ANSWER)));
    expect(await post(newPoster({ resolve }), byTls(plain))).toMatchObject({
      failure: 'tls_failed',
    });
    const silent = await started(receiveRaw(() => undefined));
    expect(await post(newPoster({ resolve, timeoutMs: SOON_MS }), byTls(silent))).toMatchObject({
      failure: 'timed_out',
    });
  });
});
