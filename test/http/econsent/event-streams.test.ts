import type { Company } from '../../../src/store/companies';
import { createOpenStream } from '../../../src/core/limits/event-streams';
import { makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { openScene, uploaded } from './batches-scene';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A company that may have two streams open. */
async function limited(of = service): Promise<{ token: string; company: Company }> {
  const { id, token } = await makeCompany(of.ctx, { settings: { limits: { event_streams: 2 } } });
  return { token, company: (await of.ctx.store.companies.find(id))! };
}

test('a company has as many event streams open as it may; one that is left makes room', async () => {
  const scene = await openScene(service);
  const path = await uploaded(scene, 'email\nnobody@x.example\n').then(
    (id) => `${service.url}/revocations/batches/${id}/events`,
  );
  await service.ctx.store.companies.update(scene.company.id, { limits: { event_streams: 2 } });
  const leaving = new AbortController();
  const follow = (signal?: AbortSignal) =>
    fetch(path, {
      headers: { authorization: `Bearer ${scene.company.token}` },
      ...(signal && { signal }),
    });
  const [first, second] = [await follow(leaving.signal), await follow(leaving.signal)];
  expect([first.status, second.status]).toEqual([200, 200]);
  const refused = await follow();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
  expect(await refused.json()).toEqual({
    status: 429,
    error: 'The company has as many event streams open as it may have',
  });
  leaving.abort();
  await until('room', async () => {
    const last = new AbortController();
    const { status } = await follow(last.signal);
    last.abort();
    return status === 200;
  });
});

test('they are counted over all processes, and those of a process that died run out', async () => {
  const { company } = await limited();
  const [here, there] = [createOpenStream(service), createOpenStream(service)];
  const open = [await here(company), await there(company)];
  await expect(here(company)).rejects.toMatchObject({ code: 'event_streams_exceeded' });
  await expect(there(company)).rejects.toMatchObject({ code: 'event_streams_exceeded' });
  for (const { close } of open) close();
  const { redis } = service.ctx.queues;
  const key = `${service.ctx.config.redisPrefix}:event-streams:${company._id}`;
  await until('both have left', async () => (await redis.zcard(key)) === 0);
  await redis.zadd(key, Date.now() - 3_600_000, 'dead', Date.now() - 3_600_000, 'also dead');
  (await here(company)).close();
});

test('without Redis each process counts its own', async () => {
  const alone = await startService(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }));
  try {
    const { company } = await limited(alone);
    const open = createOpenStream(alone);
    const streams = [await open(company), await open(company)];
    await expect(open(company)).rejects.toMatchObject({ code: 'event_streams_exceeded' });
    for (const { close } of streams) close();
    (await open(company)).close();
  } finally {
    await alone.close();
  }
});
