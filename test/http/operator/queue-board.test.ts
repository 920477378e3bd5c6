import { boardTexts, REFUSED } from '../../../src/http/operator/board-buttons';
import { QUEUE_NAMES } from '../../../src/jobs/contract';
import { CALLER, makeCertificate, makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig, testEnvironment } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { layWire } from '../wire';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';

const BOARD = '/operator/queues';
let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const basic = (pair: string) => ({
  authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
});
const right = (of: Service = service) => basic(`operator:${of.ctx.config.operatorToken}`);
const write = (headers: Record<string, string>) =>
  service.call('PUT', `${BOARD}/api/queues/wallet/pause`, { headers });
const isPaused = () => service.ctx.queues.byName.wallet.isPaused();

describe('who may look', () => {
  test('sends a browser to the sign-in page, and refuses what scripts ask for', async () => {
    for (const path of ['', '/', '/api/queues', '/static/favicon.ico']) {
      const reply = await service.get(BOARD + path);
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toBeNull();
      expect(reply.body).toEqual({ status: 401, error: 'Invalid credentials or token' });
    }
    const headers = {
      accept: 'text/html,application/xhtml+xml',
      cookie: 'rescind_operator=ended',
    };
    const page = await fetch(`${service.url}${BOARD}/queue/wallet`, {
      headers,
      redirect: 'manual',
    });
    const wanted = encodeURIComponent(`${BOARD}/queue/wallet`);
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      `/operator/login?next=${wanted}`,
    ]);
    const fresh = await fetch(`${service.url}${BOARD}`, { headers: { accept: headers.accept } });
    expect([fresh.status, fresh.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic realm="operator"/),
    ]);
    const wrong = await service.get(BOARD, { headers: { ...headers, ...basic('operator:wrong') } });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic realm="operator"/);
  });

  test('refuses any other name or token', async () => {
    const { operatorToken } = service.ctx.config;
    for (const pair of [
      'operator:wrong',
      'operator:',
      `admin:${operatorToken}`,
      `:${operatorToken}`,
      operatorToken,
    ]) {
      expect((await service.get(BOARD, { headers: basic(pair) })).status).toBe(401);
    }
    expect((await service.get(BOARD, { token: 'wrong' })).status).toBe(401);
    const company = await makeCompany(service.ctx);
    expect((await service.get(BOARD, { token: company.token })).status).toBe(401);
  });

  test('accepts the Bearer token too', async () => {
    const token = service.ctx.config.operatorToken;
    expect((await service.get(BOARD, { token })).status).toBe(200);
  });

  test('counts wrong credentials, but not missing ones', async () => {
    const guarded = await startService();
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 61; i++) await guarded.get(BOARD);
      for (let i = 0; i < 61; i++) {
        const headers = basic(`operator:wrong-${i}`);
        statuses.push((await guarded.get(BOARD, { headers })).status);
      }
      expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 401));
      expect(statuses[60]).toBe(429);
    } finally {
      await guarded.close();
    }
  });
});

describe('what it shows', () => {
  test('is a page whose every script and style loads under its policy', async () => {
    const page = await service.get(BOARD, { headers: right() });
    expect(page.status).toBe(200);
    expect(page.headers.get('x-powered-by')).toBeNull();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(page.body).toContain('<base href="/operator/queues/"');
    // Nothing inline runs: the policy would stop it.
    expect(page.body).not.toMatch(/<script(?![^>]*(src=|application\/json))/);
    const assets = [...(page.body as string).matchAll(/(?:src|href)="(static\/[^"]+)"/g)];
    expect(assets.length).toBeGreaterThan(3);
    for (const [, asset] of assets) {
      const reply = await service.get(`${BOARD}/${asset}`, { headers: right() });
      expect(reply.status).toBe(200);
      if (asset?.endsWith('.js')) expect(reply.headers.get('content-type')).toMatch(/javascript/);
    }
  });

  test('has all seven queues by name', async () => {
    const reply = await service.get(`${BOARD}/api/queues`, { headers: right() });
    expect(reply.status).toBe(200);
    expect(reply.body.queues.map((q: { name: string }) => q.name)).toEqual([...QUEUE_NAMES]);
  });

  test('shows only ids for a job that revokes by email', async () => {
    const company = await makeCompany(service.ctx);
    const email = 'consumer.of.the.board@example.com';
    await makeCertificate(service.ctx, company, { email });
    await revokeByIdentifiers({
      ctx: service.ctx,
      companyId: company.id,
      identifiers: { email },
      method: 'api',
      caller: CALLER,
      reason: 'a reason of the consumer',
    });
    const shown = await until('the job on the board', async () => {
      const url = `${BOARD}/api/queues?activeQueue=opt-outs&status=latest`;
      const { body } = await service.get(url, { headers: right() });
      const queue = body.queues.find((q: { name: string }) => q.name === 'opt-outs');
      return queue.jobs.length > 0 && (queue.jobs as { data: object }[]);
    });
    expect(shown.map((job) => Object.keys(job.data))).toEqual([['revocation_id']]);
    expect(JSON.stringify(shown)).not.toMatch(/consumer/);
  });
});

describe('writes', () => {
  const cross: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
  ];

  test.each(cross)('are refused with %j', async (headers) => {
    const reply = await write({ ...right(), ...headers });
    expect(reply.status).toBe(403);
    expect(reply.body.error).toBe('Changes are accepted from the same origin only');
    expect(await isPaused()).toBe(false);
  });

  test('are refused from another site even when the origin is ours', async () => {
    const headers = { ...right(), 'sec-fetch-site': 'cross-site', origin: service.url };
    expect((await write(headers)).status).toBe(403);
  });

  test('are refused without credentials', async () => {
    expect((await write({ 'sec-fetch-site': 'same-origin' })).status).toBe(401);
  });

  test.each(['sec-fetch-site', 'origin'])('from the same origin work (%s)', async (header) => {
    const value = header === 'origin' ? service.url : 'same-origin';
    const reply = await write({ ...right(), [header]: value });
    expect(reply.status).toBe(200);
    expect(await isPaused()).toBe(true);
    await service.ctx.queues.byName.wallet.resume();
  });
});

test('what destroys work is not offered', async () => {
  const queue = service.ctx.queues.byName.wallet;
  const job = await queue.add('reconcile-wallets', {}, { delay: 60_000 });
  const at = `/api/queues/wallet/${job.id ?? ''}`;
  const changes = [
    ['PUT', '/api/queues/wallet/obliterate'],
    ['PUT', '/api/queues/wallet/empty'],
    ['PUT', '/api/queues/wallet/clean/delayed'],
    ['PUT', `${at}/clean`],
    ['PATCH', `${at}/update-data`],
    ['POST', '/api/queues/wallet/add'],
    ['PUT', '/api/queues/wallet/job-schedulers/reconcile-wallets/remove'],
  ] as const;
  const headers = { ...right(), 'sec-fetch-site': 'same-origin' };
  for (const [method, path] of changes) {
    const { status, body } = await service.call(method, BOARD + path, { headers });
    expect([path, status]).toEqual([path, 403]);
    expect(body.error).toBe('The queue board can only pause, resume, retry and promote');
  }
  expect(await job.getState()).toBe('delayed');
  const promoted = await service.call('PUT', `${BOARD}${at}/promote`, { headers });
  expect(promoted.status).toBeLessThan(300);
  await queue.obliterate({ force: true });
});

test('has no button for what is not offered, in none of its languages', async () => {
  const page = await service.get(BOARD, { headers: right() });
  expect(page.body).toContain('<script defer src="static/offered.js"></script></body>');
  const script = await service.get(`${BOARD}/static/offered.js`, { headers: right() });
  expect(script.headers.get('content-type')).toMatch(/javascript/);
  const hidden = new Set(REFUSED.flatMap(boardTexts));
  for (const text of ['Obliterate', 'Clean all', 'Alle bereinigen'])
    expect(hidden.has(text)).toBe(true);
  for (const text of hidden) expect(script.body).toContain(JSON.stringify(text));
  for (const name of [
    'QUEUE.ACTIONS.PAUSE',
    'QUEUE.ACTIONS.RETRY_ALL',
    'QUEUE.ACTIONS.PROMOTE_ALL',
  ]) {
    for (const text of boardTexts(name)) expect([text, hidden.has(text)]).toEqual([text, false]);
  }
  expect(() => boardTexts('QUEUE.ACTIONS.NOTHING')).toThrow(TypeError);
  expect((await service.get(`${BOARD}/static/offered.js`)).status).toBe(401);
});

test('what cannot be done to a job as it stands is refused as the caller’s mistake', async () => {
  const queue = service.ctx.queues.byName.wallet;
  const job = await queue.add('reconcile-wallets', {});
  const finished = await queue.add('reconcile-wallets', {}, { delay: 60_000 });
  await finished.promote();
  const headers = { ...right(), 'sec-fetch-site': 'same-origin' };
  for (const { id } of [job, finished]) {
    const path = `${BOARD}/api/queues/wallet/${id}/promote`;
    const { status, body } = await service.call('PUT', path, { headers });
    expect([status, body]).toEqual([
      409,
      { status: 409, error: 'This cannot be done to the job in the state that it is in now' },
    ]);
  }
  await queue.obliterate({ force: true });
});

test.each(['cut', 'frozen'])(
  'says that Redis is away (%s) without waiting for it, and carries on after',
  async (how) => {
    const wire = await layWire(testEnvironment().REDIS_URL ?? '');
    const own = await startService(testConfig({ REDIS_URL: wire.url }));
    const board = (at: string) => own.get(BOARD + at, { headers: right(own) });
    try {
      await until('the board', async () => (await board('/api/queues')).status === 200);
      if (how === 'frozen') wire.freeze();
      else await wire.cut();
      for (const at of ['', '/api/queues']) {
        const reply = await board(at);
        expect(reply.status).toBe(503);
        expect(reply.headers.get('retry-after')).toBe('1');
        expect(reply.body).toMatchObject({ status: 503, failed: ['redis'] });
        expect(reply.body.error).toMatch(/^Redis does not answer/);
      }
      await wire.mend();
      await until('the board again', async () => (await board('/api/queues')).status === 200);
    } finally {
      await own.close();
      await wire.close();
    }
  },
);
