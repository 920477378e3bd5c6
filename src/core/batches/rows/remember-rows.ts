import type { Context } from '../../../context';
import { distinct } from '../../../lib/distinct';
import type { Batch } from '../../../store/batches';
import { suppressionId } from '../../../store/suppressions';
import { rememberedOf } from '../../suppressions/remember-opt-out';
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

  /** The same rows; what they name is being remembered from when they are handed out. */
  async *reading(source: AsyncGenerator<JudgedRow[]>): AsyncGenerator<JudgedRow[]> {
    for await (const rows of source) {
      if (!this.batch.dry_run) this.begin(rows);
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
async function remember({ store }: Context, batch: Batch, rows: JudgedRow[]): Promise<void> {
  const { company_id: companyId } = batch;
  const hashes = distinct(rows.flatMap((row) => row.remembered));
  const ids = hashes.map((hash) => suppressionId(companyId, hash));
  const optOut = rememberedOf(companyId, { ...batch, method: 'csv' });
  await store.suppressions.rememberAlike(ids, optOut);
}
