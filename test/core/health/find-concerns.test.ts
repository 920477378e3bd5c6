import { findConcerns, type Known } from '../../../src/core/health/find-concerns';
import type { QueueHealth } from '../../../src/core/health/judge-queues';
import type { ProcessView } from '../../../src/core/health/list-processes';
import { judgeServers, type Servers } from '../../../src/core/health/servers';
import type { RedisState } from '../../../src/queue/redis-state';

const REDIS: RedisState = {
  usedBytes: 10,
  maxBytes: 100,
  policy: 'noeviction',
  writes: true,
  disk: null,
};
const GOOD: Servers = { mongodb: { members: null, disk: null }, us: true, redis: [REDIS] };
const worker = (id: string, state: ProcessView['state'] = 'alive'): ProcessView => {
  const at = new Date();
  const of = { host: 'machine-1', version: '1', startedAt: at, seenAt: at, takes: [] };
  return { id, role: 'worker', state, ...of };
};
const queue = (more: Partial<QueueHealth>): QueueHealth => ({
  name: 'opt-outs',
  waiting: 5,
  active: 1,
  delayed: 0,
  failed: 0,
  oldest_seconds: 700,
  completed_total: 0,
  failed_total: 0,
  paused: false,
  taken: true,
  completed_in_hour: 0,
  failed_in_hour: 0,
  state: 'stuck',
  verdict: 'act',
  ...more,
});
const late = { source: 'revocations', seconds: 700, verdict: 'act' } as const;
const known = (more: Partial<Known> = {}): Known => ({
  servers: GOOD,
  processes: {
    processes: [worker('worker-a')],
    lastWorker: null,
    checks: { total: 0, failed: 0, within: [] },
  },
  queues: [],
  outbox: [],
  looks: [],
  batches: { stuck: 0, failed: 0 },
  cleanupsFailed: 0,
  walletsDrifting: 0,
  auditGaps: null,
  stoppedLogs: [],
  webhooksOverdue: [],
  unusualRates: [],
  lateDeliveries: null,
  ...more,
});
const whats = (of: Known) => findConcerns(of).map(({ what, verdict }) => `${what} ${verdict}`);
const noWorker = {
  processes: [worker('worker-a', 'missing')],
  lastWorker: { id: 'worker-a', seenAt: new Date() },
  checks: { total: 0, failed: 0, within: [] },
};

test('one cause is one concern, however much waits for it', () => {
  const waiting = { queues: [queue({})], outbox: [late], batches: { stuck: 2, failed: 0 } };
  expect(whats(known())).toEqual([]);
  expect(whats(known(waiting))).toEqual(['queueStuck act', 'batchesStuck act']);
  expect(whats(known({ ...waiting, processes: noWorker }))).toEqual(['noWorker act']);
  expect(whats(known({ outbox: [late] }))).toEqual(['workLate act']);
  const away = known({ servers: { ...GOOD, redis: null }, queues: null, outbox: [late] });
  expect(whats(away)).toEqual(['redisAway act']);
  const us = { source: 'usConsentRevocations', seconds: null, verdict: 'act' } as const;
  expect(whats(known({ servers: { ...GOOD, us: false }, outbox: [us] }))).toEqual(['usAway act']);
  expect(whats(known({ outbox: [us] }))).toEqual(['workUnknown act']);
});

test('a paused queue is told also while no worker lives', () => {
  const paused = queue({ state: 'paused', paused: true });
  expect(whats(known({ queues: [paused], outbox: [late], processes: noWorker }))).toEqual([
    'noWorker act',
    'queuePaused act',
  ]);
  expect(whats(known({ queues: [paused], outbox: [late] }))).toEqual(['queuePaused act']);
});

test('what to act on comes first; a missing worker and a queue that nobody takes are told', () => {
  const processes = {
    ...noWorker,
    processes: [worker('worker-a'), worker('worker-b', 'missing')],
  };
  const untaken = queue({ name: 'mail', taken: false });
  const slow = queue({ name: 'wallet', state: 'slow', verdict: 'watch', failed_in_hour: 3 });
  expect(whats(known({ processes, queues: [slow, untaken], cleanupsFailed: 1 }))).toEqual([
    'queueUntaken act',
    'missing watch',
    'queueSlow watch',
    'jobsFailed watch',
    'cleanupsFailed watch',
  ]);
});

test('with nothing known of the processes, workers are not said to be dead', () => {
  expect(whats(known({ processes: null }))).toEqual([]);
});

describe('servers', () => {
  const judged = (more: Partial<Servers>) =>
    judgeServers({ ...GOOD, ...more }).map(({ what, verdict }) => `${what} ${verdict}`);
  const redis = (more: Partial<RedisState>) => judged({ redis: [{ ...REDIS, ...more }] });
  const members = (up: number, total: number) =>
    judged({ mongodb: { members: { up, total }, disk: null } });

  test('Redis must keep jobs, and have room for them', () => {
    expect(redis({})).toEqual([]);
    expect(redis({ policy: 'allkeys-lru' })).toEqual(['redisEvicts act']);
    expect(redis({ policy: '' })).toEqual([]);
    expect(redis({ usedBytes: 79 })).toEqual([]);
    expect(redis({ usedBytes: 80 })).toEqual(['redisFull watch']);
    expect(redis({ usedBytes: 95 })).toEqual(['redisFull act']);
    expect(redis({ usedBytes: 95, maxBytes: null })).toEqual([]);
    expect(redis({ writes: false })).toEqual(['redisReadOnly act']);
  });

  test('a full disk is told before it is full', () => {
    const disk = (freeBytes: number) => ({ freeBytes, totalBytes: 100 });
    expect(redis({ disk: disk(21) })).toEqual([]);
    expect(redis({ disk: disk(20) })).toEqual(['diskFull watch']);
    expect(judged({ mongodb: { members: null, disk: disk(4) } })).toEqual(['diskFull act']);
  });

  test('a replica set without a spare member needs somebody at once', () => {
    expect(members(3, 3)).toEqual([]);
    expect(members(1, 1)).toEqual([]);
    expect(members(4, 5)).toEqual(['membersDown watch']);
    expect(members(2, 3)).toEqual(['membersDown act']);
  });

  test('without MongoDB nothing else is said of it', () => {
    expect(judged({ mongodb: null, us: false })).toEqual(['mongodbAway act']);
  });
});

test('a log that a witness has stopped is to be acted on', () => {
  const log = { region: 'us', reason: 'w1 has cosigned 9 records', at: new Date() } as const;
  expect(whats(known({ stoppedLogs: [log] }))).toEqual(['logStopped act']);
});

test('gaps in the audit are acted on while they are left, and watched once they are closed', () => {
  const gaps = (left: number) => known({ auditGaps: { found: 2, left, at: new Date() } });
  expect(whats(gaps(1))).toEqual(['auditGaps act']);
  expect(whats(gaps(0))).toEqual(['auditGaps watch']);
});

test('deliveries that no worker takes are told, where that has no other cause', () => {
  const lateDeliveries = { untaken: 2, untakenSeconds: 70, takenSeconds: 9_000 };
  expect(whats(known({ lateDeliveries }))).toEqual(['webhooksLate watch']);
  const long = { ...lateDeliveries, untakenSeconds: 700 };
  expect(whats(known({ lateDeliveries: long }))).toEqual(['webhooksLate act']);
  const busy = { ...lateDeliveries, untakenSeconds: 59 };
  expect(whats(known({ lateDeliveries: busy }))).toEqual([]);
  expect(whats(known({ lateDeliveries, processes: noWorker }))).toEqual(['noWorker act']);
  const paused = queue({ name: 'webhooks', state: 'paused' });
  expect(whats(known({ lateDeliveries, queues: [paused] }))).toEqual(['queuePaused act']);
});
