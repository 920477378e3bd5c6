import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { until } from '../../helpers/until';
import {
  flood,
  here,
  newPoster,
  post,
  receive,
  receiveRaw,
  SLACK_MS,
  SOON_MS,
  started,
} from './scene';

/** What the kernel's buffers of both ends may hold beside what was read. */
const BUFFERS_BYTES = 32 * 2 ** 20;
const AMPLE_MS = 30_000;

describe('answers', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\n';

  /** What comes of a post to somebody who says this; nothing but slowness is to reach the limit. */
  async function answeredBy(talk: (socket: Socket) => void, timeoutMs = AMPLE_MS) {
    const receiver = await started(receiveRaw(talk));
    const posted = await post(newPoster({ timeoutMs }), here(receiver));
    expect(posted.ms).toBeLessThan(timeoutMs + SLACK_MS);
    await until('it has hung up', () => receiver.sockets.every((socket) => socket.destroyed));
    const written = receiver.sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
    expect(written).toBeLessThan(BUFFERS_BYTES);
    return posted;
  }

  test('of 10 GiB are read up to the first KiB', async () => {
    const posted = await answeredBy((socket) => {
      socket.write(`${HEAD}Content-Length: ${String(10 * 2 ** 30)}\r\n\r\n`);
      flood(socket, Buffer.alloc(65_536, 'x'));
    });
    expect(posted).toMatchObject({ failure: null, status: 200, answer: 'x'.repeat(1_024) });
  });

  test('that are endless in chunks are read up to the first KiB', async () => {
    const posted = await answeredBy((socket) => {
      socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      flood(socket, '1\r\nx\r\n'.repeat(1_000));
    });
    expect(posted).toMatchObject({ failure: null, status: 200, answer: 'x'.repeat(1_024) });
  });

  test.each([
    ['headers', HEAD, `X-Long: ${'x'.repeat(1_000)}\r\n`, 'bad_answer'],
    ['one header', `${HEAD}X-Long: `, 'x'.repeat(1_000), 'bad_answer'],
    ['a reason', 'HTTP/1.1 200 ', 'x'.repeat(1_000), 'bad_answer'],
    ['answers before the answer', '', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), 'bad_answer'],
    [
      'a size of a chunk',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
      '0'.repeat(1_000),
      'bad_answer',
    ],
    [
      'an extension',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n1;`,
      'x'.repeat(1_000),
      'bad_answer',
    ],
    [
      'trailers',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n`,
      `X: ${'x'.repeat(999)}\r\n`,
      'bad_answer',
    ],
  ])('with %s that never end are given up', async (_, head, piece, failure) => {
    const posted = await answeredBy((socket) => {
      socket.write(head);
      flood(socket, piece);
    });
    expect(posted.failure).toBe(failure);
  });

  test.each([
    ['nothing', ''],
    ['half a header', `${HEAD}Content-Le`],
    ['headers and no body', `${HEAD}Content-Length: 5\r\n\r\n`],
    ['half a body', `${HEAD}Content-Length: 5\r\n\r\nab`],
    ['a body without an end', `${HEAD}\r\nab`],
  ])('of %s are waited for until the limit', async (_, said) => {
    const posted = await answeredBy((socket) => socket.write(said), SOON_MS);
    expect(posted.failure).toBe('timed_out');
  });

  test('that drip are not waited for longer than one that is silent', async () => {
    const drip = (head: string, timeoutMs: number) =>
      answeredBy((socket) => {
        socket.write(head);
        const timer = setInterval(() => socket.write('x'), 5);
        socket.on('close', () => clearInterval(timer));
      }, timeoutMs);
    const header = await drip(`${HEAD}X-Slow: `, SOON_MS);
    expect(header).toMatchObject({ failure: 'timed_out', status: null });
    // Long enough for its beginning to come in, on a busy machine, too.
    const body = await drip(`${HEAD}Content-Length: 1000000\r\n\r\n`, 6 * SOON_MS);
    expect(body).toMatchObject({
      failure: 'timed_out',
      status: 200,
      answer: expect.stringMatching(/^x+$/),
    });
  });

  test('that come before a body which is never taken leave nothing behind', async () => {
    const receiver = await started(
      receiveRaw((socket) => {
        socket.pause();
        socket.write(`${HEAD}Content-Length: 2\r\n\r\nok`);
      }),
    );
    const body = Buffer.alloc(2 * BUFFERS_BYTES);
    expect(await post(newPoster(), here(receiver), body)).toMatchObject({ status: 200 });
    const [socket] = receiver.sockets;
    socket?.resume();
    await until('it has hung up', () => socket?.destroyed);
    expect(socket?.bytesRead).toBeLessThan(BUFFERS_BYTES);
  });

  test.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', 'closed'],
    ['HTTP/1.1 200 OK\r\nContent-', 'closed'],
    ['220 smtp.example.com ESMTP\r\n', 'bad_answer'],
    ['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'bad_answer'],
  ])('%j and no more are a failure: %s', async (said, failure) => {
    expect(await answeredBy((socket) => socket.end(said))).toMatchObject({ failure });
  });

  test('are not decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20));
    const posted = await answeredBy((socket) => {
      socket.write(
        `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${String(bomb.length)}\r\n\r\n`,
      );
      socket.end(bomb);
    });
    expect(posted).toMatchObject({ failure: null, status: 200 });
    expect(posted.answer.length).toBeLessThanOrEqual(1_024);
  });

  test('are text, whatever their bytes', async () => {
    const say = (bytes: Buffer) =>
      answeredBy((socket) => {
        socket.write(`${HEAD}Content-Length: ${String(bytes.length)}\r\n\r\n`);
        socket.end(bytes);
      });
    expect(await say(Buffer.from([0x61, 0xff, 0x62]))).toMatchObject({ answer: 'a\ufffdb' });
    const cut = await say(Buffer.from(`${'x'.repeat(1_023)}é and more`));
    expect(cut.answer).toBe('x'.repeat(1_023));
  });

  test('keep nobody else waiting', async () => {
    const silent = await started(receiveRaw(() => undefined));
    const quick = await started(receive((_, response) => response.end('ok')));
    const poster = newPoster();
    const stops = Array.from({ length: 50 }, () => new AbortController());
    const waiting = stops.map(({ signal }) =>
      poster.post({ url: here(silent), headers: {}, body: '', signal }),
    );
    expect(await post(poster, here(quick))).toMatchObject({ status: 200 });
    for (const stop of stops) stop.abort();
    expect(new Set((await Promise.all(waiting)).map(({ failure }) => failure))).toEqual(
      new Set(['stopped']),
    );
  });
});
