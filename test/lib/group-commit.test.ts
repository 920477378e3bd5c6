import { createGroupCommit, type GroupCommitOptions } from '../../src/lib/group-commit';

const OPTIONS: GroupCommitOptions<number, string> = {
  run: (requests) => Promise.resolve(requests.map(String)),
  maxSize: 10,
  maxWaiting: 10,
  deadlineMs: 60_000,
  refusal: () => new Error('full'),
  isOneRequestsFault: () => true,
};

test('requests in flight together form one group', async () => {
  const sizes: number[] = [];
  const submit = createGroupCommit({ ...OPTIONS, onGroup: (size) => sizes.push(size) });
  expect(await Promise.all([submit(1), submit(2), submit(3)])).toEqual(['1', '2', '3']);
  expect(sizes).toEqual([3]);
});

test('an error as an answer rejects that request alone', async () => {
  const submit = createGroupCommit({
    ...OPTIONS,
    run: (requests) =>
      Promise.resolve(requests.map((one) => (one === 2 ? new RangeError('two') : String(one)))),
  });
  const [first, second, third] = await Promise.allSettled([submit(1), submit(2), submit(3)]);
  expect(first).toEqual({ status: 'fulfilled', value: '1' });
  expect(second).toEqual({ status: 'rejected', reason: new RangeError('two') });
  expect(third).toEqual({ status: 'fulfilled', value: '3' });
});

test('a request beyond those that may wait is refused', async () => {
  const submit = createGroupCommit({ ...OPTIONS, maxWaiting: 2 });
  const waiting = [submit(1), submit(2)];
  await expect(submit(3)).rejects.toThrow('full');
  expect(await Promise.all(waiting)).toEqual(['1', '2']);
});

test('a member that breaks its group fails alone', async () => {
  const submit = createGroupCommit({
    ...OPTIONS,
    run: (requests) =>
      requests.includes(2)
        ? Promise.reject(new Error('broken'))
        : Promise.resolve(requests.map(String)),
  });
  const results = await Promise.allSettled([submit(1), submit(2), submit(3)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a failure that is no fault of a member rejects everyone waiting', async () => {
  const submit = createGroupCommit({
    ...OPTIONS,
    maxSize: 1,
    run: () => Promise.reject(new Error('away')),
    isOneRequestsFault: () => false,
  });
  const results = await Promise.allSettled([submit(1), submit(2)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('the next group begins once the one before lets it, and no third beside them', async () => {
  const begun: number[][] = [];
  const goOn: (() => void)[] = [];
  const ends: (() => void)[] = [];
  const submit = createGroupCommit({
    ...OPTIONS,
    maxSize: 1,
    run: async (requests: number[], follow) => {
      begun.push(requests);
      goOn.push(follow);
      await new Promise<void>((resolve) => ends.push(resolve));
      return requests.map(String);
    },
  });
  const answers = [submit(1), submit(2), submit(3)];
  const turn = () => new Promise(setImmediate);
  await turn();
  expect(begun).toEqual([[1]]);
  goOn[0]?.();
  expect(begun).toEqual([[1], [2]]);
  goOn[1]?.();
  await turn();
  expect(begun).toHaveLength(2);
  ends[0]?.();
  expect(await answers[0]).toBe('1');
  await turn();
  expect(begun).toEqual([[1], [2], [3]]);
  ends.slice(1).forEach((end) => {
    end();
  });
  expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
});

test('a request is refused at its deadline, whether it waits or is worked on', async () => {
  const submit = createGroupCommit({
    ...OPTIONS,
    maxSize: 1,
    deadlineMs: 20,
    run: () => new Promise<string[]>(() => undefined),
  });
  const results = await Promise.allSettled([submit(1), submit(2)]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { message: 'full' } },
    { status: 'rejected', reason: { message: 'full' } },
  ]);
});

test('whoever has gone is not worked for', async () => {
  const worked: number[] = [];
  const submit = createGroupCommit({
    ...OPTIONS,
    isGone: (request: number) => request === 2,
    run: (requests) => {
      worked.push(...requests);
      return Promise.resolve(requests.map(String));
    },
  });
  const results = await Promise.allSettled([submit(1), submit(2), submit(3)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(worked).toEqual([1, 3]);
});

test('a group holds no more than its room, but always one', async () => {
  const groups: number[][] = [];
  const submit = createGroupCommit({
    ...OPTIONS,
    weight: { of: (request: number) => request, max: 5 },
    run: (requests) => {
      groups.push(requests);
      return Promise.resolve(requests.map(String));
    },
  });
  await Promise.all([2, 3, 1, 9, 4].map(submit));
  expect(groups).toEqual([[2, 3], [1], [9], [4]]);
});

/** Whose a request is: its tens. */
const share = { of: (request: number) => String(Math.floor(request / 10)), max: 2 };

test('while others are there, a group takes only so many of one; the rest follows in order', async () => {
  const groups: number[][] = [];
  const run = (requests: number[]) => {
    groups.push(requests);
    return Promise.resolve(requests.map(String));
  };
  const submit = createGroupCommit({ ...OPTIONS, run, share });
  await Promise.all([10, 11, 12, 13, 14, 20].map(submit));
  expect(groups).toEqual([[10, 11, 20], [12, 13], [14]]);
});

test('where nobody else is there, a group takes all', async () => {
  const sizes: number[] = [];
  const submit = createGroupCommit({ ...OPTIONS, share, onGroup: (size) => sizes.push(size) });
  await Promise.all([10, 11, 12, 13, 14].map(submit));
  expect(sizes).toEqual([5]);
});
