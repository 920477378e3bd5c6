import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervised } from '../supervisor';
import type { Output } from './output';
import { waitUntilReady } from './ready';
import { type Welcome, welcome } from './welcome';

/** Processes have said their last word about starting when nothing came for this long. */
const QUIET_MS = 1_000;
const POLL_MS = 100;
/** Where somebody is at work already it is never quiet. */
const LONGEST_WAIT_MS = 10_000;

/** Prints the welcome once everything is up: as the last thing on the terminal. */
export interface Announcer {
  /** Prints it, now or when everything is up again; several calls meanwhile are one. */
  announce: () => void;
}

/**
 * Makes it for a run.
 * @param processes that are up when each has said that it is ready
 * @param read looks at what holds by then: a token may have been revoked since the last time
 */
export function createAnnouncer({
  base,
  output,
  processes,
  signal,
  read,
}: {
  base: string;
  output: Output;
  processes: Supervised[];
  signal: AbortSignal;
  read: () => Promise<Welcome>;
}): Announcer {
  let asked = 0;
  let shown = 0;
  let isWaiting = false;
  const show = (text: Welcome): void => {
    if (!signal.aborted) output.show((colors) => welcome(text, colors), `ready: ${base}`);
  };
  const work = async (): Promise<void> => {
    while (shown < asked && !signal.aborted) {
      const latest = asked;
      await waitUntilReady(base, signal, output.log);
      await waitUntilQuiet(output, processes, signal);
      const text = await read();
      // Unless another process has died meanwhile: then this is not the end yet.
      if (latest === asked) show(text);
      shown = latest;
    }
  };
  return {
    announce: () => {
      asked += 1;
      if (isWaiting) return;
      isWaiting = true;
      work()
        .catch((error: unknown) => {
          if (!signal.aborted) output.log(error instanceof Error ? error.message : String(error));
        })
        .finally(() => {
          isWaiting = false;
        });
    },
  };
}

async function waitUntilQuiet(
  output: Output,
  processes: Supervised[],
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + LONGEST_WAIT_MS;
  const isOver = (): boolean =>
    output.quietMs() >= QUIET_MS && processes.every((process) => process.isReady());
  while (!isOver() && performance.now() < until && !signal.aborted) await sleep(POLL_MS);
}
