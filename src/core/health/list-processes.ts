import type { Context } from '../../context';
import { HOUR_MS } from '../../lib/durations';
import type { CheckCounts, ProcessBeat, ProcessRole } from '../../store/processes';
import { sumOfChecks } from './recent-checks';

/** A process that has not been heard of for this long is dead, or cannot reach MongoDB. */
const ALIVE_MS = 15_000;
const LOOKED_BACK_MS = HOUR_MS;

/** A process, as operators see it. */
export interface ProcessView {
  id: string;
  role: ProcessRole;
  host: string;
  version: string;
  startedAt: Date;
  seenAt: Date;
  takes: string[];
  /** `missing`: it fell silent within the last hour, and none has started in its place. */
  state: 'alive' | 'missing';
}

/** The processes that live or are missing. */
export interface Processes {
  processes: ProcessView[];
  /** The worker that was heard of last, when none lives; null: one lives, or none in two days. */
  lastWorker: { id: string; seenAt: Date } | null;
  /** The last hour's checks, of the web processes that live. */
  checks: CheckCounts;
}

/** Reads which processes live, and which are missing. */
export async function listProcesses({ ctx }: { ctx: Context }): Promise<Processes> {
  const { processes: store } = ctx.store;
  const now = ctx.now().getTime();
  const beats = await store.list(new Date(now - LOOKED_BACK_MS));
  const running = beats.filter(({ ended_at }) => ended_at === null);
  const alive = running.filter(({ beat_at }) => now - beat_at.getTime() < ALIVE_MS);
  const silent = running.filter((one) => !alive.includes(one));
  const lives = alive.some(({ role }) => role === 'worker');
  const last = lives ? null : await store.lastOf('worker');
  return {
    processes: [
      ...alive.map((one) => viewOf(one, 'alive')),
      ...notReplaced(silent, alive).map((one) => viewOf(one, 'missing')),
    ].sort((a, b) => a.role.localeCompare(b.role) || a.id.localeCompare(b.id)),
    lastWorker: last && { id: last._id, seenAt: last.beat_at },
    checks: sumOfChecks(alive.flatMap(({ checks }) => checks ?? [])),
  };
}

/** How many processes of each role live. */
export async function countAlive({ ctx }: { ctx: Context }): Promise<Record<ProcessRole, number>> {
  const beats = await ctx.store.processes.list(new Date(ctx.now().getTime() - ALIVE_MS));
  const alive = beats.filter(({ ended_at }) => ended_at === null);
  const count = (of: ProcessRole) => alive.filter(({ role }) => role === of).length;
  return { web: count('web'), worker: count('worker') };
}

/** Those in whose place none has started since; each new one replaces one that fell silent. */
function notReplaced(silent: ProcessBeat[], alive: ProcessBeat[]): ProcessBeat[] {
  const newcomers = alive.toSorted((a, b) => a.started_at.getTime() - b.started_at.getTime());
  const oldestFirst = silent.toSorted((a, b) => a.beat_at.getTime() - b.beat_at.getTime());
  return oldestFirst.filter(({ role, beat_at }) => {
    const i = newcomers.findIndex((one) => one.role === role && one.started_at >= beat_at);
    if (i !== -1) newcomers.splice(i, 1);
    return i === -1;
  });
}

function viewOf(beat: ProcessBeat, state: ProcessView['state']): ProcessView {
  const { _id: id, role, host, version, takes } = beat;
  return {
    id,
    role,
    host,
    version,
    startedAt: beat.started_at,
    seenAt: beat.beat_at,
    takes,
    state,
  };
}
