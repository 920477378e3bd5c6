import mongoose from 'mongoose';
import { AppError, unavailable } from '../../src/errors';
import { isUnavailable } from '../../src/store';
import { database } from '../helpers/collections';
import { type Service, startService } from '../helpers/service';

const UPDATE = [{ updateMany: { filter: {}, update: { $set: { a: 1 } } } }];
const NOBODY_LISTENS = 'mongodb://127.0.0.1:9/?replicaSet=rs0';

/** The error that a call fails with. */
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing',
    (error: unknown) => error,
  );

test('an unreachable server is "unavailable", for bulk writes too, which rename the error', async () => {
  const client = new mongoose.mongo.MongoClient(NOBODY_LISTENS, { serverSelectionTimeoutMS: 50 });
  const collection = client.db('test').collection('test');
  const single = await failureOf(collection.updateMany({}, { $set: { a: 1 } }));
  const bulk = await failureOf(collection.bulkWrite(UPDATE));
  await client.close();
  expect(bulk).toMatchObject({ name: 'MongoBulkWriteError' });
  expect([isUnavailable(single), isUnavailable(bulk)]).toEqual([true, true]);
});

test('every code that says nothing about the operation is "unavailable", and no other', () => {
  const withCode = (code: number) => Object.assign(new mongoose.mongo.MongoError('x'), { code });
  const away = [6, 7, 43, 50, 64, 89, 91, 112, 175, 189, 202, 237, 262, 290, 9001];
  const changing = [133, 134, 10107, 11600, 11601, 11602, 13435, 13436];
  for (const code of [...away, ...changing]) {
    expect([code, isUnavailable(withCode(code))]).toEqual([code, true]);
  }
  for (const code of [2, 9, 13, 18, 26, 11000, 17280]) {
    expect([code, isUnavailable(withCode(code))]).toEqual([code, false]);
  }
});

test('every 503 says when to come back, wherever it was made', () => {
  for (const made of [
    new AppError('unavailable'),
    new AppError('unavailable', {}),
    unavailable(),
  ]) {
    expect(made.extra.retryAfterSeconds).toBe(1);
  }
  const later = new AppError('unavailable', { retryAfterSeconds: 5 });
  expect(later.extra.retryAfterSeconds).toBe(5);
});

describe('with a server', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());
  const things = () => database(service.ctx).collection('things');

  test('a cursor that somebody killed is "unavailable"', async () => {
    await things().insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const cursor = things().find({}, { batchSize: 1 });
    await cursor.next();
    const cursors = [cursor.id];
    await database(service.ctx).command({ killCursors: 'things', cursors });
    const killed = await failureOf(cursor.next());
    expect(killed).toMatchObject({ code: 43 });
    expect(isUnavailable(killed)).toBe(true);
  });

  test('a majority out of reach is "unavailable", a refused write is not', async () => {
    const writeConcern = { w: 9, wtimeoutMS: 1 };
    const unsafe = await failureOf(things().bulkWrite(UPDATE, { writeConcern }));
    expect(isUnavailable(unsafe)).toBe(true);
    const twice = [
      { insertOne: { document: { _id: 1 } } },
      { insertOne: { document: { _id: 1 } } },
    ];
    const refused = await failureOf(things().bulkWrite(twice as object[] as never));
    expect(refused).toMatchObject({ code: 11000 });
    expect(isUnavailable(refused)).toBe(false);
  });
});
