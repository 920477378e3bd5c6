import { listOperatorAudit } from '../../../src/core/operators/list-operator-audit';
import { failJob, recordRevocation } from '../../core/health/scene';
import { makeOperator, PASSWORD } from '../../core/operators/scene';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { wipeRedis } from '../../workers/wipe';
import { type OperatorBrowser, signInAt } from '../operator-pages/operator-browser';

const BOARD = '/operator/queues';
let service: Service;
let company: TestCompany;
let admin: OperatorBrowser & { id: string; email: string };
let viewer: OperatorBrowser;

beforeAll(async () => {
  service = await startService();
  const { id, email } = await makeOperator(service.ctx);
  admin = { id, email, ...(await signInAt(service, email, PASSWORD)) };
  const { email: looking } = await makeOperator(service.ctx, 'viewer');
  viewer = await signInAt(service, looking, PASSWORD);
  company = await makeCompany(service.ctx);
});
afterEach(() => wipeRedis(service.ctx));
afterAll(() => service.close());

const board = (who: OperatorBrowser, path: string, method = 'GET') =>
  service.call(method, BOARD + path, {
    headers: { cookie: who.cookie, 'sec-fetch-site': 'same-origin' },
  });
const newest = async () => {
  const { entries } = await listOperatorAudit({ ctx: service.ctx, query: { limit: 1 } });
  return entries[0];
};

test('is read only for a viewer', async () => {
  const { body } = await board(viewer, '/api/queues');
  expect(new Set(body.queues.map((one: { readOnlyMode: boolean }) => one.readOnlyMode))).toEqual(
    new Set([true]),
  );
  const before = await newest();
  for (const path of ['/api/queues/pause', '/api/queues/wallet/pause']) {
    expect((await board(viewer, path, 'PUT')).status).toBe(403);
  }
  expect(await service.ctx.queues.byName.wallet.isPaused()).toBe(false);
  expect(await newest()).toEqual(before);
});

test('lets an admin change it, by name', async () => {
  const { ctx } = service;
  const { wallet } = ctx.queues.byName;
  const { _id } = await recordRevocation(ctx, company.id);
  const failed = await failJob(ctx, 'opt-outs', 'follow-up-revocation', { revocation_id: _id });
  const delayed = await wallet.add('reconcile-wallets', {}, { delay: 1e9 });
  const changes = [
    ['/wallet/pause', 'queue.paused', 'wallet', null],
    ['/wallet/resume', 'queue.resumed', 'wallet', null],
    ['/pause', 'queue.paused', 'all queues', null],
    ['/resume', 'queue.resumed', 'all queues', null],
    [
      `/wallet/${delayed.id}/promote`,
      'job.promoted',
      `wallet reconcile-wallets ${delayed.id}`,
      null,
    ],
    [
      `/opt-outs/${failed}/retry`,
      'job.retried',
      `opt-outs follow-up-revocation ${failed}`,
      company.id,
    ],
    ['/opt-outs/retry/failed', 'jobs.retried', 'opt-outs failed', null],
    ['/wallet/promote', 'jobs.promoted', 'wallet', null],
  ] as const;
  for (const [path, action, reason, company_id] of changes) {
    const { status } = await board(admin, `/api/queues${path}`, 'PUT');
    expect([path, status < 300]).toEqual([path, true]);
    expect(await newest()).toMatchObject({
      action,
      reason,
      company_id,
      actor: `operator:${admin.id}`,
      actor_name: admin.email,
    });
  }
  const query = { action: 'job.retried' };
  const { items } = await ctx.store.audit.list(company.id, query, { limit: 1 });
  expect(items).toMatchObject([{ actor: { type: 'operator', id: admin.id } }]);
});

test('leaves no entry of what is not there or not offered', async () => {
  const before = await newest();
  for (const path of [
    '/nothing/pause',
    '/wallet/4711/retry',
    '/wallet/obliterate',
    '/wallet/%E0/pause',
  ]) {
    const { status } = await board(admin, `/api/queues${path}`, 'PUT');
    expect([path, status >= 400 && status < 500]).toEqual([path, true]);
  }
  expect(await newest()).toEqual(before);
});

test('changes nothing that cannot be written down', async () => {
  const { audit } = service.ctx.store;
  const append = jest.spyOn(audit, 'append').mockRejectedValue(new Error('died'));
  try {
    expect((await board(admin, '/api/queues/wallet/pause', 'PUT')).status).toBe(500);
  } finally {
    append.mockRestore();
  }
  expect(await service.ctx.queues.byName.wallet.isPaused()).toBe(false);
});
