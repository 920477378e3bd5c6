import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { generate } from 'selfsigned';
import { findNginx } from '../../scripts/services';
import { isPortFree, randomFreePort } from '../../scripts/services/ports';
import { until } from '../helpers/until';

const GUIDE = path.resolve('scripts/README.md');
const HOST = 'consent.example.com';
const CONNECTIONS = 8;
const READY_MS = 20_000;

/** nginx in front of API processes, as the guide has it. */
export interface Nginx {
  port: number;
  /** Files in which it keeps bodies: none as long as it hands them on as they come. */
  keptBodies: () => Promise<string[]>;
  call: (method: string, path: string, options?: HttpsCall) => Promise<HttpsReply>;
  stop: () => Promise<void>;
}

interface HttpsCall {
  headers?: Record<string, string>;
  body?: string | Readable;
  /** Called with each piece of the answer as it comes. */
  onData?: (text: string) => void;
}

/** An answer, its JSON parsed. */
export interface HttpsReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // As in helpers/service.ts: tests read whatever the contract says is in there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** Starts nginx with the configuration that the guide prints, on these two API processes. */
export async function startNginx(apiPorts: [number, number]): Promise<Nginx> {
  const dir = await mkdtemp(path.join(tmpdir(), 'rescind-nginx-'));
  const bodies = path.join(dir, 'bodies');
  await mkdir(bodies);
  const { private: key, cert } = await generate([{ name: 'commonName', value: HOST }]);
  const [keyFile, certFile] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
  await Promise.all([writeFile(keyFile, key, { mode: 0o600 }), writeFile(certFile, cert)]);
  const port = await randomFreePort();
  const site = adapted(await readFile(GUIDE, 'utf8'), {
    '10.0.0.11:3000': `127.0.0.1:${String(apiPorts[0])}`,
    '10.0.0.12:3000': `127.0.0.1:${String(apiPorts[1])}`,
    'listen 443 ssl': `listen 127.0.0.1:${String(port)} ssl`,
    '/etc/ssl/consent.example.com.crt': certFile,
    '/etc/ssl/consent.example.com.key': keyFile,
  });
  const file = path.join(dir, 'nginx.conf');
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${name === 'client_body' ? bodies : path.join(dir, name)};`,
  );
  await writeFile(
    file,
    `daemon off; master_process off; pid ${path.join(dir, 'pid')}; error_log stderr crit;
     events {} http { access_log off; ${places.join(' ')} ${site} }`,
  );
  const nginx = spawn(await findNginx(() => undefined), ['-p', dir, '-c', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await until('nginx listens', () => listens(nginx, port), READY_MS);
  const agent = new Agent({ ca: cert, keepAlive: true, maxSockets: CONNECTIONS, servername: HOST });
  return {
    port,
    keptBodies: () => readdir(bodies),
    call: (method, at, options) => call(agent, port, { method, at, ...options }),
    stop: async () => {
      agent.destroy();
      const exited = once(nginx, 'exit');
      if (nginx.kill('SIGTERM')) await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function listens(nginx: ChildProcess, port: number): Promise<boolean> {
  if (nginx.exitCode !== null) throw new Error(`nginx ended with ${String(nginx.exitCode)}`);
  return !(await isPortFree(port, '127.0.0.1'));
}

/** The guide's configuration, for this machine; what is replaced must be there. */
function adapted(guide: string, replaced: Record<string, string>): string {
  let site = /```nginx\n(?<site>.*?)```/s.exec(guide)?.groups?.site ?? '';
  for (const [from, to] of Object.entries(replaced)) {
    if (!site.includes(from)) throw new Error(`the guide's nginx configuration lacks ${from}`);
    site = site.replaceAll(from, to);
  }
  return site;
}

function call(
  agent: Agent,
  port: number,
  { method, at, headers, body, onData }: HttpsCall & { method: string; at: string },
): Promise<HttpsReply> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path: at, agent };
    const named = { host: HOST, ...headers };
    const sent = request({ ...options, headers: named }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        onData?.(piece);
      });
      response.on('error', reject).on('end', () => {
        const json = response.headers['content-type']?.includes('json');
        const parsed = json ? (JSON.parse(text) as unknown) : text;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
      });
    });
    sent.on('error', reject);
    if (body === undefined || typeof body === 'string') sent.end(body);
    else body.on('error', reject).pipe(sent);
  });
}
