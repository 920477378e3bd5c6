import type { Context } from '../../../context';
import { distinct } from '../../../lib/distinct';
import type { Batch } from '../../../store/batches';
import { suppressionId } from '../../../store/suppressions';
import type { Channel } from '../../../store/certificates';
import { rememberedOf } from '../../suppressions/remember-opt-out';
import { requestName } from './claims';
import type { JudgedRow } from './judge-row';

/**
 * Remembers the opt-outs of a file's rows as they are read, while the next ones are being read: before
 * their certificates are looked up, so that whoever registers consent at the same time is found, or
 * sees what is remembered.
 */
export class RememberedRows {
  private readonly begun = new WeakMap<JudgedRow, Promise<void>>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly ctx: Context,
    private readonly batch: Batch,
  ) {}

  /**
   * The same rows; what they name is being remembered from when they are handed out. Of a batch that was
   * cancelled before, only rows are left that the worker which died has remembered.
   */
  async *reading(source: AsyncGenerator<JudgedRow[]>): AsyncGenerator<JudgedRow[]> {
    const { dry_run, state } = this.batch;
    for await (const rows of source) {
      if (!dry_run && state !== 'cancelled') this.begin(rows);
      yield rows;
    }
  }

  /**
   * Waits until all of these rows are remembered, on a majority.
   * @throws what kept some of them from it
   */
  async done(rows: JudgedRow[]): Promise<void> {
    await Promise.all(distinct(rows.flatMap((row) => this.begun.get(row) ?? [])));
  }

  /** Waits for whatever is under way, whatever becomes of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private begin(rows: JudgedRow[]): void {
    const remembering = remember(this.ctx, this.batch, rows);
    this.underWay.add(remembering);
    const end = () => this.underWay.delete(remembering);
    remembering.then(end, end);
    for (const row of rows) this.begun.set(row, remembering);
  }
}

/** Under the batch's own id, as what its rows will revoke is not known yet: a repeat is the same. */
async function remember(
  { store }: Context,
  { _id, company_id: companyId, requested_at }: Batch,
  rows: JudgedRow[],
): Promise<void> {
  const alike = [...byChannels(rows)].map(async ([channels, same]) => {
    const hashes = distinct(same.flatMap((row) => row.remembered));
    const ids = hashes.map((hash) => suppressionId(companyId, hash));
    const request = { _id, method: 'csv' as const, requested_at, ...(channels && { channels }) };
    await store.suppressions.rememberAlike(ids, rememberedOf(companyId, request));
  });
  await Promise.all(alike);
}

/** Rows that opt out of the same. */
function byChannels(rows: JudgedRow[]): [Channel[] | undefined, JudgedRow[]][] {
  const alike = new Map<string, [Channel[] | undefined, JudgedRow[]]>();
  for (const row of rows) {
    const name = requestName(row.channels);
    const same = alike.get(name);
    if (same) same[1].push(row);
    else alike.set(name, [row.channels, [row]]);
  }
  return [...alike.values()];
}
