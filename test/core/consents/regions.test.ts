import { revokeUserConsents } from '../../../src/core/consents/revoke-user-consents';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { startConsumers } from '../../../workers/consumers';
import { startReconciler } from '../../../workers/reconciler/start-reconciler';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';
import { startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';
import { layWire } from '../../http/wire';
import { crashAt } from '../revocations/crash-at';
import { makeSet, namedRevoked } from './scene';

const EVERY_MS = 50;

/** Settings that name the database of the US region. */
function ownUsDatabase(): Record<string, string> {
  const uri = new URL(testConfig().mongodbUri);
  return { MONGODB_URI_US: uri.href };
}

/** The name of the database in which a consent of the region ends up. */
async function databaseOf(ctx: Context, region: 'default' | 'us'): Promise<string | undefined> {
  const company = await makeCompany(ctx);
  await makeSet(ctx, company.id, { region });
  const { client } = database(ctx);
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) {
    if (await client.db(name).collection('consents').findOne({ company_id: company.id })) {
      return name;
    }
  }
  return undefined;
}

test('the US region is a second database next to the first, or the one that is configured', async () => {
  const beside = await openContext(testConfig(), 'script');
  const settings = ownUsDatabase();
  const own = await openContext(testConfig(settings), 'script');
  try {
    const home = await databaseOf(beside.ctx, 'default');
    expect(await databaseOf(beside.ctx, 'us')).toBe(`${home}_us`);
    expect(await databaseOf(own.ctx, 'us')).toBe(
      new URL(settings.MONGODB_URI_US ?? '').pathname.slice(1),
    );
  } finally {
    await beside.close();
    await own.close();
  }
});

test('an unusable US database stops the start, and the error names the setting', async () => {
  const settings = { MONGODB_URI_US: 'mongodb://user:secret@127.0.0.1:1/us' };
  const started = openContext(testConfig(settings), 'web');
  await expect(started).rejects.toThrow(/^MONGODB_URI_US: no MongoDB that can be used/);
  await expect(started).rejects.not.toThrow('secret');
  const { mongodbUri } = testConfig();
  expect(() => testConfig({ MONGODB_URI: mongodbUri, MONGODB_URI_US: mongodbUri })).toThrow(
    'MONGODB_URI_US must name another database',
  );
});

test.each([
  ['next to the first', () => ({})],
  ['of its own', ownUsDatabase],
])('what a crash leaves in a US database %s is followed up', async (_, settings) => {
  const { ctx, close } = await openContext(testConfig(settings()), 'worker');
  await ensureIndexes(ctx);
  const company = await makeCompany(ctx);
  await makeSet(ctx, company.id, { region: 'us' });
  const crashing = crashAt(ctx, 'consent.revoked');
  const call = { region: 'us', companyId: company.id, caller: CALLER, userId: 'user-1' } as const;
  await expect(revokeUserConsents({ ctx: crashing, ...call, which: {} })).rejects.toThrow('crash');
  const reconciler = startReconciler(ctx, EVERY_MS);
  const consumers = startConsumers(ctx);
  try {
    await until('it is completed', () =>
      collections(ctx, 'us').consentRevocations.findOne({ state: 'completed' }),
    );
    expect(Object.values(await namedRevoked(ctx, company.id, 'us'))).toEqual([1, 1]);
    expect(await namedRevoked(ctx, company.id)).toEqual({});
  } finally {
    await reconciler.stop();
    await consumers.close(1_000);
    await close();
  }
});

test('without the US database the rest keeps working, and /readyz says what is missing', async () => {
  const uri = new URL(ownUsDatabase().MONGODB_URI_US ?? '');
  const wire = await layWire(uri.href);
  const us = new URL(wire.url);
  us.searchParams.set('directConnection', 'true');
  const service = await startService(testConfig({ MONGODB_URI_US: us.href }));
  const { ctx } = service;
  const company = await makeCompany(ctx);
  await makeSet(ctx, company.id);
  const crashing = crashAt(ctx, 'consent.revoked');
  const call = { region: 'default', companyId: company.id, caller: CALLER } as const;
  const revoke = revokeUserConsents({ ctx: crashing, ...call, userId: 'user-1', which: {} });
  await expect(revoke).rejects.toThrow('crash');
  expect((await service.get('/readyz')).body).toEqual({ status: 'ready' });
  await wire.cut();
  const reconciler = startReconciler(ctx, EVERY_MS);
  const consumers = startConsumers(ctx);
  try {
    await until('/readyz says so', async () => {
      const { status, body } = await service.get('/readyz');
      return status === 200 && body.degraded?.[0] === 'mongodb_us';
    });
    await until('the default region is followed up', () =>
      collections(ctx).consentRevocations.findOne({ state: 'completed' }),
    );
  } finally {
    await reconciler.stop();
    await consumers.close(1_000);
    await service.close();
    await wire.close();
  }
});
