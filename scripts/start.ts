/**
 * `npm start`: makes MongoDB and Redis available, seeds, then runs the processes of the Procfile
 * until Ctrl-C. Data, ports and secrets stay in `.data/`, so that the next start finds them again.
 */
import path from 'node:path';
import { isPortFree } from './services/ports';
import { readEnvironment, startServices, type Environment } from './start/environment';
import { readProcfile, type ProcfileEntry } from './start/procfile';
import { waitUntilReady } from './start/ready';
import { holdRunLock } from './start/run-lock';
import { runSeed } from './start/seed';
import { createShutdown, type Shutdown } from './start/shutdown';
import { welcome } from './start/welcome';
import { endLeftoverOf, supervise } from './supervisor';

const DATA_DIR = path.resolve('.data');

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const pidFileOf = (entry: ProcfileEntry): string => path.join(DATA_DIR, `${entry.name}.pid`);

async function start(shutdown: Shutdown): Promise<void> {
  shutdown.add(await holdRunLock(DATA_DIR));
  const environment = await readEnvironment(DATA_DIR);
  const { host, port, operatorToken } = environment.config;
  const entries = await readProcfile('Procfile');
  for (const entry of entries) await endLeftoverOf({ entry, pidFile: pidFileOf(entry), log });
  if (port === 0) throw new Error('PORT must be a fixed port for npm start, such as 3000.');
  if (!(await isPortFree(port, host))) {
    throw new Error(`PORT ${port} on ${host} is taken: stop what listens there, or set PORT.`);
  }

  shutdown.add(() => stopServices(environment));
  await startServices(environment, DATA_DIR, log);
  const demo = await runSeed(environment.env, log);
  if (shutdown.isEnding()) return;
  const processes = entries.map((entry) =>
    supervise({ entry, env: environment.env, pidFile: pidFileOf(entry), log }),
  );
  shutdown.add(async () => {
    await Promise.all(processes.map(async (process) => (await process).stop()));
  });
  await Promise.all(processes);
  const base = `http://${reachable(host)}:${port}`;
  await waitUntilReady(base, shutdown.signal, log);
  if (!shutdown.isEnding()) log(welcome(base, operatorToken, demo));
}

/** Where this machine reaches an API that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function stopServices({ stops }: Environment): Promise<void> {
  await Promise.all(stops.map((stop) => stop()));
}

const shutdown = createShutdown(log);
start(shutdown).catch(async (error: unknown) => {
  // While stopping, what was under way fails: that is no news.
  if (shutdown.isEnding()) return;
  console.error(error instanceof Error ? error.message : error);
  await shutdown.run(1);
});
