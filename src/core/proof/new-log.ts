import type { Context } from '../../context';
import { EMPTY_ROOT } from '../../lib/tlog/merkle';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { newLogKey } from './log-keys';

/** The number of a region's first log. */
export const FIRST_LOG = 1;
/** Under the base of the service, by region. */
const LOG_PATHS = { default: '/log', us: '/log/us' } as const satisfies Record<Region, string>;

/** The first log of a region is called by where it is; for good, also when PUBLIC_URL changes. */
export function firstOrigin({ ctx, region }: { ctx: Context; region: Region }): string {
  const { publicUrl, port } = ctx.config;
  const base =
    publicUrl === null ? `localhost:${String(port)}` : publicUrl.replace(/^\w+:\/\//, '');
  return base.replace(/\/+$/, '') + LOG_PATHS[region];
}

/**
 * What any other log of a region is called.
 * @param first the origin of its first log
 */
export function otherOrigin({
  ctx,
  first,
  log,
}: {
  ctx: Context;
  first: string;
  log: number;
}): string {
  // With its time: a database restored once more must not call another log the same.
  const time = ctx.now().toISOString().slice(0, -5).replaceAll(/\D/g, '');
  return `${first}/${String(log)}-${time}`;
}

/** A log without leaves, with a key of its own. */
export function newLog({
  ctx,
  origin,
  log = FIRST_LOG,
}: {
  ctx: Context;
  origin: string;
  log?: number;
}): LogHead {
  return {
    _id: log,
    origin,
    first_leaf: 0,
    size: 0,
    root: EMPTY_ROOT.toString('base64'),
    fence: 0,
    checkpoint: null,
    checkpoint_size: 0,
    checkpoint_at: null,
    stopped_reason: null,
    stopped_at: null,
    created_at: ctx.now(),
    keys: [newLogKey({ ctx, origin })],
  };
}
