import type { Context } from '../../context';
import { EMPTY_ROOT } from '../../lib/tlog/merkle';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { newLogKey } from './log-keys';

const FIRST_LOG = 1;
/** Under the base of the service, by region. */
export const LOG_PATHS = { default: '/log', us: '/log/us' } as const satisfies Record<
  Region,
  string
>;

/** The log of a region, which is begun if there is none. */
export async function openLog({ ctx, region }: { ctx: Context; region: Region }): Promise<LogHead> {
  const { proofLog } = ctx.store.regions[region];
  for (;;) {
    const head = await proofLog.head();
    if (head) return head;
    await proofLog.begin(newLog({ ctx, origin: firstOrigin(ctx, region) }));
  }
}

/** The first log of a region is called by where it is; for good, also when PUBLIC_URL changes. */
function firstOrigin({ config }: Context, region: Region): string {
  const { publicUrl, port } = config;
  const base =
    publicUrl === null ? `localhost:${String(port)}` : publicUrl.replace(/^\w+:\/\//, '');
  return base.replace(/\/+$/, '') + LOG_PATHS[region];
}

/** A log without leaves, with a key of its own. */
export function newLog({
  ctx,
  origin,
  log = FIRST_LOG,
  firstLeaf = 0,
}: {
  ctx: Context;
  origin: string;
  log?: number;
  firstLeaf?: number;
}): LogHead {
  return {
    _id: log,
    origin,
    first_leaf: firstLeaf,
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
