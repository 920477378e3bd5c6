import http from 'node:http';
import https from 'node:https';
import type { LookupFunction, TcpNetConnectOpts } from 'node:net';
import { isPublicAddress } from '../public-address';
import { checkedLookup, resolveByDns, type Resolve } from './checked-lookup';
import { checkEndpointUrl } from './endpoint-url';
import { exchange, type Exchange, type Post, type Posted } from './exchange';

/** How to send; all of it has defaults for the internet. */
export interface PosterSettings {
  /** For development and tests: http, any port and any address are fine. */
  allowPrivate?: boolean;
  /** For all of it, from the DNS to the last byte that is read. */
  timeoutMs?: number;
  resolve?: Resolve;
  /** Whether to connect to an address that a host has. */
  accepts?: (address: string) => boolean;
  /** PEM of who signs certificates, in the place of those that everybody trusts. */
  ca?: string;
}

const TIMEOUT_MS = 15_000;
/** A host's next address is tried after this. */
const NEXT_ADDRESS_MS = 2_500;
const HEADER_BYTES = 16_384;
/** How long an unused connection is kept. */
const IDLE_MS = 4_000;
const IDLE_PER_HOST = 8;
/** Then hosts are resolved again, also those whose connections are always in use. */
const AGENT_MS = 60_000;

/** Node hands all of them on to the connection. */
type Options = https.RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'>;

/** The connections that are kept for a while. */
interface Agents {
  madeAtMs: number;
  http: http.Agent;
  https: https.Agent;
}

/**
 * Posts to URLs that strangers have chosen. No answer can lead it elsewhere, take it longer than it was
 * told or more memory than some KiB: it follows no redirect, uses no proxy, decompresses nothing, and
 * hangs up after the first KiB. A host is resolved once for a connection, all its addresses are
 * checked, and these are connected to. Connections are kept for the next POST to the same host.
 */
export class Poster {
  private agents = newAgents();
  private readonly lookup: LookupFunction;
  private readonly allowPrivate: boolean;
  private readonly timeoutMs: number;
  private readonly ca: string | undefined;

  constructor({ allowPrivate = false, timeoutMs = TIMEOUT_MS, ...settings }: PosterSettings = {}) {
    const { resolve = resolveByDns } = settings;
    const { accepts = allowPrivate ? () => true : isPublicAddress } = settings;
    this.lookup = checkedLookup({ resolve, accepts });
    this.allowPrivate = allowPrivate;
    this.timeoutMs = timeoutMs;
    this.ca = settings.ca;
  }

  /** Makes one POST; whatever the other side does is told in the result. */
  async post(call: Post): Promise<Posted> {
    const startMs = performance.now();
    const wrong = checkEndpointUrl(call.url, { production: !this.allowPrivate });
    if (wrong) return { ...NOTHING, failure: 'url_refused', detail: `the URL ${wrong}` };
    const leftMs = () => this.timeoutMs - (performance.now() - startMs);
    let { stale, ...posted } = await this.exchange(call, this.keptFor(call.url), leftMs());
    // The other side hung up as this was sent: that says nothing of what it makes of it.
    if (stale) ({ stale, ...posted } = await this.exchange(call, false, leftMs()));
    return { ...posted, ms: Math.round(performance.now() - startMs) };
  }

  /** Closes all connections. */
  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private keptFor(url: string): http.Agent {
    if (performance.now() - this.agents.madeAtMs > AGENT_MS) this.agents = newAgents();
    return isHttps(url) ? this.agents.https : this.agents.http;
  }

  private exchange(call: Post, agent: http.Agent | false, withinMs: number): Promise<Exchange> {
    const options: Options = {
      method: 'POST',
      headers: { 'accept-encoding': 'identity', ...call.headers },
      agent,
      lookup: this.lookup,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
      maxHeaderSize: HEADER_BYTES,
      rejectUnauthorized: true,
      ca: this.ca,
    };
    const request = (isHttps(call.url) ? https : http).request(call.url, options);
    return exchange(request, call, withinMs);
  }
}

const NOTHING: Posted = {
  failure: null,
  detail: '',
  status: null,
  ms: 0,
  answer: '',
  retryAfter: null,
};

function newAgents(): Agents {
  const options = {
    keepAlive: true,
    scheduling: 'lifo',
    timeout: IDLE_MS,
    maxFreeSockets: IDLE_PER_HOST,
  } as const;
  return {
    madeAtMs: performance.now(),
    http: new http.Agent(options),
    https: new https.Agent(options),
  };
}

function isHttps(url: string): boolean {
  return new URL(url).protocol === 'https:';
}
