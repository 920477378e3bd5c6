import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mongoose from 'mongoose';
import { type MongoMember, type MongoSet, startMongoSet } from '../../scripts/services/mongo-set';
import { type Config, readConfig } from '../../src/config';
import { revokeToken } from '../../src/core/credentials/revoke-token';
import { createToken } from '../../src/core/credentials/create-token';
import { collections } from '../helpers/collections';
import { CALLER, makeCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testEnvironment } from '../helpers/settings';
import { until } from '../helpers/until';
import { LONG_MS } from './scene';

let dataDir: string;
let set: MongoSet;
let config: Config;
let service: Service;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-failover-'));
  set = await startMongoSet({ dataDir, log: () => undefined });
  config = readConfig({ ...testEnvironment(), MONGODB_URI: set.uri });
  service = await startService(config);
});
afterAll(async () => {
  await service.close();
  await set.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

async function command(member: MongoMember, of: object): Promise<mongoose.mongo.Document> {
  const uri = `mongodb://127.0.0.1:${String(member.port)}`;
  const client = new mongoose.mongo.MongoClient(uri, { directConnection: true });
  try {
    return await client.db('admin').command(of);
  } finally {
    await client.close();
  }
}

const isPrimary = async (member: MongoMember) =>
  (await command(member, { hello: 1 })).isWritablePrimary === true;

/** Has a member not notice what is on a majority, as right after an election. */
const holdBack = (member: MongoMember, mode: 'alwaysOn' | 'off') =>
  command(member, { configureFailPoint: 'disableSnapshotting', mode });

test('a process that starts after a write has failed waits for nothing', async () => {
  const { id, token } = await makeCompany(service.ctx);
  const { companies } = collections(service.ctx);
  const there = (await companies.findOne({ _id: id }))!;
  // The server has a time for it, which nothing that it keeps will ever have.
  await expect(companies.insertOne(there)).rejects.toThrow('duplicate key');
  const other = await startService(config);
  try {
    expect((await other.get('/wallet', { token })).status).toBe(200);
  } finally {
    await other.close();
  }
});

test('a token revoked before an election is refused right after it', async () => {
  const { ctx } = service;
  const { id: companyId } = await makeCompany(ctx);
  const by = { ctx, companyId, caller: CALLER };
  const { token, token_id } = await createToken({ ...by, input: { label: 'stolen' } });
  const call = async () => (await service.get('/wallet', { token })).status;
  expect(await call()).toBe(200);
  const first = ctx.store.election();
  const heir = await until('a member to be elected', async () => {
    for (const member of set.members) if (!(await isPrimary(member))) return member;
    return null;
  });
  await holdBack(heir, 'alwaysOn');
  await revokeToken({ ...by, tokenId: token_id });
  await command(heir, { replSetStepUp: 1 });
  await until('the new primary is known', () => ctx.store.election() > first, LONG_MS);
  // It has the revocation, but does not show it yet.
  const calls = Array.from({ length: 5 }, call);
  await pause(500);
  await holdBack(heir, 'off');
  // It looks again when the next write is on a majority.
  await makeCompany(ctx);
  expect(await Promise.all(calls)).not.toContain(200);
  await until('it is refused', async () => (await call()) === 401);
});
