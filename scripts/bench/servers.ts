import { startChild } from './children';

const SERVERS = {
  api: 'src/server.ts',
  secondApi: 'src/server.ts',
  uncounted: 'scripts/bench/uncounted-server.ts',
  unproven: 'scripts/bench/unproven-server.ts',
  echo: 'scripts/bench/echo-server.ts',
  plain: 'scripts/bench/plain-server.ts',
  guaranteed: 'scripts/bench/guaranteed-server.ts',
};

/** A server under measurement, in a process of its own. */
export interface Server {
  url: string;
  pid: number;
}

/** Runs `work` while the named servers listen, and stops them. */
export async function withServers<Name extends keyof typeof SERVERS, Result>(
  env: Record<string, string>,
  names: Name[],
  work: (servers: Record<Name, Server>) => Promise<Result>,
): Promise<Result> {
  const isReady = (line: Record<string, unknown>) => typeof line.port === 'number';
  const children = await Promise.all(names.map((name) => startChild(SERVERS[name], env, isReady)));
  const named = children.map(({ ready, pid }, at) => {
    return [names[at], { url: `http://127.0.0.1:${String(ready.port)}`, pid }];
  });
  try {
    return await work(Object.fromEntries(named) as Record<Name, Server>);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}
