import { setImmediate as tick } from 'node:timers/promises';
import { Turns } from '../../src/lib/turns';

/** Work that ends when it is told to, and a record of what has begun. */
function bench() {
  const begun: string[] = [];
  const endings = new Map<string, { end: () => void; fail: (error: Error) => void }>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => {
      endings.set(name, { end: () => resolve(name), fail: reject });
    });
  };
  return { begun, endings, work };
}

test('only so much of one caller is under way, in order of arrival; others do not wait', async () => {
  const turns = new Turns(2);
  const { begun, endings, work } = bench();
  const results = ['a1', 'a2', 'a3', 'a4', 'b1'].map((name) =>
    turns.take(name.charAt(0), work(name)),
  );
  await tick();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  endings.get('a2')!.end();
  await tick();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  endings.get('a1')!.end();
  await tick();
  expect(begun.at(-1)).toBe('a4');
  for (const name of ['a3', 'a4', 'b1']) endings.get(name)!.end();
  expect(await Promise.all(results)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
});

test('work that fails hands its turn on', async () => {
  const turns = new Turns(1);
  const { begun, endings, work } = bench();
  const first = turns.take('a', work('a1'));
  const second = turns.take('a', work('a2'));
  await tick();
  endings.get('a1')!.fail(new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await tick();
  expect(begun).toEqual(['a1', 'a2']);
  endings.get('a2')!.end();
  expect(await second).toBe('a2');
});

test('somebody who comes while a turn is handed on does not get in between', async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const note = (name: string) => () => {
    order.push(name);
    return Promise.resolve();
  };
  const late: Promise<void>[] = [];
  await Promise.all([
    turns.take('a', async () => {
      await tick();
      queueMicrotask(() => late.push(turns.take('a', note('late'))));
    }),
    turns.take('a', note('second')),
    turns.take('a', note('third')),
  ]);
  await Promise.all(late);
  expect(order).toEqual(['second', 'third', 'late']);
});
