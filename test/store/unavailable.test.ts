import mongoose from 'mongoose';
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

describe('with a server', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());
  const things = () => database(service.ctx).collection('things');

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
