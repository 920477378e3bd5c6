import { RowQueue } from '../../../../src/core/batches/rows/row-queue';

test('a source that has failed is not taken for one that is over', async () => {
  async function* source(): AsyncGenerator<number[]> {
    yield [1, 2];
    await Promise.reject(new Error('damaged'));
  }
  const rows = new RowQueue(source(), () => 1, 100);
  expect(await rows.peek(2)).toEqual([1, 2]);
  await expect(rows.peek(3)).rejects.toThrow('damaged');
  expect(await rows.peek(2)).toEqual([1, 2]);
  await expect(rows.peek(3)).rejects.toThrow('damaged');
  await rows.close();
});
