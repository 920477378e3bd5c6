import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app';
import type { Config } from '../../src/config';
import type { Context } from '../../src/context';
import { openContext } from './context';
import { createWebServer } from '../../src/http/web-server';
import { differenceFrom } from './described';
import { startPostman } from './postman';
import { testConfig } from './settings';
import { ensureIndexes } from './indexes';

/** An answer, its JSON parsed. */
export interface Reply {
  status: number;
  headers: Headers;
  // Tests read whatever the contract says is in there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface CallOptions {
  body?: unknown;
  token?: string | undefined;
  headers?: Record<string, string>;
}

/** A running API with a database and key prefix of its own. */
export interface Service {
  ctx: Context;
  url: string;
  call: (method: string, path: string, options?: CallOptions) => Promise<Reply>;
  post: (path: string, body: unknown, options?: Omit<CallOptions, 'body'>) => Promise<Reply>;
  get: (path: string, options?: CallOptions) => Promise<Reply>;
  /** Ends event streams, as the process does when it is told to stop. */
  drain: () => void;
  close: () => Promise<void>;
}

/** Starts the API in this process, over real HTTP, MongoDB and Redis; given a mail server, mails are sent. */
export async function startService(
  config: Config = testConfig(),
  options: { bodyMs?: number; now?: () => number; patienceMs?: number | undefined } = {},
): Promise<Service> {
  const { ctx, close } = await openContext(config, 'web', options.patienceMs);
  await ensureIndexes(ctx);
  const { app, drain, close: closeApp } = createApp(ctx, options);
  const server = createWebServer(app, options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const postman = config.smtpUrl === null ? null : startPostman(ctx);
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    ctx,
    url,
    ...client(url),
    drain,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      closeApp();
      await postman?.stop();
      await ctx.outbox.drain();
      await close();
    },
  };
}

/** Calls an API at a base URL; throws when an answer is not as described. */
export function client(url: string): Pick<Service, 'call' | 'post' | 'get'> {
  const call: Service['call'] = async (method, path, { body, token, headers } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    const answered = json && text ? (JSON.parse(text) as unknown) : text;
    const { status, headers: given } = response;
    const difference = differenceFrom(method, path, {
      status,
      body: answered,
      contentType: given.get('content-type'),
    });
    if (difference) throw new Error(difference);
    return { status, headers: given, body: answered };
  };
  return {
    call,
    post: (path, body, options) => call('POST', path, { ...options, body }),
    get: (path, options) => call('GET', path, options),
  };
}
