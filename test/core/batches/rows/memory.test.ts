import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readRows } from '../../../../src/core/batches/csv/read-rows';
import { judgeRow, type JudgedRow, weighRow } from '../../../../src/core/batches/rows/judge-row';
import { RowQueue } from '../../../../src/core/batches/rows/row-queue';
import type { Context } from '../../../../src/context';
import { inspect, toAsync } from '../csv/read-file';

const MIB = 1024 * 1024;
/** A cell that is no identifier needs nothing of it. */
const ctx = {} as Context;
const batch = { upload: null };

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

test('a row that waits keeps what is shown of a long cell, and not the cell', async () => {
  const format = inspect('email,name\n');
  const line = (index: number) => Buffer.from(`${'x'.repeat(60_000)}${String(index)},é\n`);
  const source = toAsync(Array.from({ length: 1_000 }, (_, index) => line(index)));
  const before = heapAfterCollection();
  const kept: JudgedRow[] = [];
  for await (const rows of readRows(source, format, { offset: 0, line: 1 }, 1_000)) {
    kept.push(...rows.map((row) => judgeRow({ ctx, row, batch })));
  }
  expect(kept).toHaveLength(1_000);
  expect(kept[0]?.errors[0]?.value).toBe('x'.repeat(320));
  // The cells are 60 MB.
  expect(heapAfterCollection() - before).toBeLessThan(10 * MIB);
  expect(kept).toHaveLength(1_000);
});

async function* inTens(rows: number[]): AsyncGenerator<number[]> {
  await Promise.resolve();
  for (let at = 0; at < rows.length; at += 10) yield rows.slice(at, at + 10);
}

test('a queue hands out no more rows together than memory allows, and each of them once', async () => {
  const weights = Array.from({ length: 100 }, (_, index) =>
    index === 50 ? 1_000 : 1 + (index % 9),
  );
  const queue = new RowQueue(inTens(weights), (row) => row, 40);
  const taken: number[] = [];
  for (;;) {
    const rows = await queue.peek(12);
    if (rows.length === 0) break;
    expect(rows.length).toBeLessThanOrEqual(12);
    // A single one goes, whatever it takes.
    if (rows.length > 1) expect(rows.reduce((a, b) => a + b)).toBeLessThanOrEqual(40);
    taken.push(...rows);
    queue.drop(rows.length);
  }
  expect(taken).toEqual(weights);
});

test('what an earlier process took together is taken together again', async () => {
  const queue = new RowQueue(inTens(Array.from({ length: 30 }, () => 100)), (row) => row, 40);
  expect(await queue.peek(20, { atLeast: 15 })).toHaveLength(15);
  expect(await queue.peek(40, { atLeast: 35 })).toHaveLength(30);
});

test('a row weighs more with each text that it keeps', () => {
  const row = (email: string) =>
    judgeRow({
      ctx,
      batch,
      row: {
        line: 2,
        end: { offset: 9, line: 3 },
        cells: [{ kind: 'email', column: 'email', value: email }],
        record: [],
        channels: null,
        isActive: false,
        problem: null,
      },
    });
  expect(weighRow(row('x'.repeat(60_000)))).toBeGreaterThan(2 * 320);
  expect(weighRow(row('x'.repeat(60_000)))).toBeLessThan(3 * 1024);
});
