/**
 * `npm start`: makes MongoDB and Redis available, seeds, then runs the processes of the Procfile
 * until Ctrl-C. Data, ports and secrets stay in `.data/`, so that the next start finds them again.
 */
import path from 'node:path';
import { isPortFree } from './services/ports';
import { type Announcer, createAnnouncer } from './start/announce';
import { readEnvironment, startServices, type Environment } from './start/environment';
import { createOutput, hasColors } from './start/output';
import { readProcfile, type ProcfileEntry } from './start/procfile';
import { holdRunLock } from './start/run-lock';
import { runSeed, type SeedResult } from './start/seed';
import { createShutdown, type Shutdown } from './start/shutdown';
import { endLeftoverOf, supervise } from './supervisor';

const DATA_DIR = path.resolve('.data');

const isProduction = process.env.NODE_ENV === 'production';
const output = createOutput({
  production: isProduction,
  colors: hasColors(process.stdout, process.env),
});
const { log } = output;

const pidFileOf = (entry: ProcfileEntry): string => path.join(DATA_DIR, `${entry.name}.pid`);

async function start(shutdown: Shutdown): Promise<void> {
  shutdown.add(await holdRunLock(DATA_DIR));
  const environment = await readEnvironment(DATA_DIR);
  const { host, port } = environment.config;
  const entries = await readProcfile('Procfile');
  for (const entry of entries) await endLeftoverOf({ entry, pidFile: pidFileOf(entry), output });
  if (port === 0) throw new Error('PORT must be a fixed port for npm start, such as 3000.');
  if (!(await isPortFree(port, host))) {
    throw new Error(`PORT ${port} on ${host} is taken: stop what listens there, or set PORT.`);
  }

  shutdown.add(() => stopServices(environment));
  await startServices(environment, DATA_DIR, log);
  const demo = await seed(environment);
  if (shutdown.isEnding()) return;
  await startProcesses(environment, entries, demo, shutdown);
}

/** Runs the processes of the Procfile, and prints the welcome whenever all of them are up. */
async function startProcesses(
  environment: Environment,
  entries: ProcfileEntry[],
  demo: SeedResult | null,
  shutdown: Shutdown,
): Promise<void> {
  const { host, port, operatorToken, mailInbox } = environment.config;
  const base = `http://${reachable(host)}:${port}`;
  let announcer: Announcer | null = null;
  const onRestart = (): void => announcer?.announce();
  const starting = entries.map((entry) =>
    supervise({ entry, env: environment.env, pidFile: pidFileOf(entry), output, onRestart }),
  );
  shutdown.add(async () => {
    await Promise.all(starting.map(async (process) => (await process).stop()));
  });
  const processes = await Promise.all(starting);
  let known: SeedResult | null | undefined = demo;
  announcer = createAnnouncer({
    base,
    output,
    processes,
    signal: shutdown.signal,
    read: async () => {
      // What the first start found holds at once; later a token may have been revoked.
      const found = known === undefined ? await seed(environment) : known;
      known = undefined;
      return { base, operatorToken, mailInbox, demo: found };
    },
  });
  announcer.announce();
}

/** In production nothing is kept, and there is no demo company. */
function seed({ env }: Environment): Promise<SeedResult | null> {
  return runSeed(env, isProduction ? null : DATA_DIR, log);
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
