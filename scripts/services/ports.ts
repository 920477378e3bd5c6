import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrorCode } from './error-code';

// Below the range that systems hand out to outgoing connections, so that a kept port stays free.
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;
const FREE_WITHIN_MS = 5_000;

/** The port kept in `dir`; the first call chooses it (or takes `wanted`) and writes it down. */
export async function keptPort(dir: string, wanted?: number): Promise<number> {
  const file = path.join(dir, 'port');
  const kept = await readKept(file);
  if (kept !== null && (wanted === undefined || wanted === kept)) return kept;
  const port = wanted ?? (await randomFreePort());
  await writeFile(file, `${port}\n`);
  return port;
}

/** Waits a moment for `port` to become free; throws one line that names it when it does not. */
export async function assertPortFree(port: number, host: string, what: string): Promise<void> {
  const deadline = Date.now() + FREE_WITHIN_MS;
  while (!(await isPortFree(port, host))) {
    if (Date.now() > deadline) {
      throw new Error(`Port ${port} (${what}) is taken by another program; stop that one first.`);
    }
    await sleep(200);
  }
}

/** Whether this process could listen on `port` now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (isErrorCode(error, 'EADDRINUSE')) resolve(false);
      else reject(error);
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/** A port on 127.0.0.1 that nobody listens on now. */
export async function randomFreePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if (await isPortFree(port, '127.0.0.1')) return port;
  }
}

async function readKept(file: string): Promise<number | null> {
  try {
    const port = Number((await readFile(file, 'utf8')).trim());
    return Number.isInteger(port) && port > 0 ? port : null;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}
