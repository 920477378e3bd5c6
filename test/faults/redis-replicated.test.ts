import { updateCompany } from '../../src/core/companies/update-company';
import { collections } from '../helpers/collections';
import { CALLER, makeCertificate, makeCompany } from '../helpers/company';
import { until } from '../helpers/until';
import { type Child, startWeb, startWorker, type Web } from './processes';
import { type Pair, type RedisSet, startCluster, startSentinelSet } from './redis-sets';
import {
  allFinished,
  check,
  expectRevokedOnce,
  expectSpent,
  freshIp,
  LONG_MS,
  makeCertificates,
  openScene,
  optOut,
  retain,
  type Scene,
} from './scene';

const LIMIT = 10;
const CALLERS = 4;
/** A failover, and all that waits for it, on a machine that others use too. */
const TEST_MS = 180_000;
/** Whom each caller revokes before the master is killed, and at least after. */
const PEOPLE = 5;

const SETS = { 'a master that Sentinels watch': startSentinelSet, 'a Cluster': startCluster };

describe.each(Object.entries(SETS))('%s', (_, start) => {
  let set: RedisSet;
  let scene: Scene;
  let web: Web;
  let worker: Child;
  let revoked: string[] = [];

  beforeAll(async () => {
    set = await start();
    scene = await openScene({ REDIS_URL: set.url });
    [web, worker] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
  });
  afterAll(async () => {
    await scene.close();
    await set.stop();
    revoked = [];
  });

  const optOuts = () => scene.ctx.queues.byName['opt-outs'];
  const pair = (): Promise<Pair> =>
    until('a master and its replica', () => set.pairOf(optOuts().toKey('wait')), LONG_MS);

  async function revoke(): Promise<void> {
    const { email, ids } = await makeCertificates(scene, 1);
    const reply = await optOut(web, scene, { email });
    expect([reply.status, reply.body.revoked]).toEqual([200, 1]);
    for (const id of ids) expect((await check(web, scene, id)).status).toBe(403);
    revoked.push(...ids);
  }

  const statuses = async (calls: number, call: () => Promise<{ status: number }>) => {
    const all: number[] = [];
    for (let n = 0; n < calls; n++) all.push((await call()).status);
    return all;
  };
  const times = (n: number, status: number) => Array.from({ length: n }, () => status);

  async function expectLimit(): Promise<void> {
    const ip = freshIp();
    const nobody = () => optOut(web, scene, { email: 'nobody@example.com' }, ip);
    expect(await statuses(LIMIT + 1, nobody)).toEqual([...times(LIMIT, 200), 429]);
  }

  const isReady = async () => {
    const { status, body } = await web.get('/readyz');
    return status === 200 && body.degraded === undefined;
  };

  async function expectAllDoneOnce(): Promise<void> {
    await allFinished(scene);
    await expectRevokedOnce(scene, revoked);
    expect([web.ended(), worker.ended()]).toEqual([null, null]);
  }

  test('serves queues, limits of every kind, event streams and the board', async () => {
    await until('it is ready', isReady, LONG_MS);
    await revoke();
    await expectLimit();

    const limits = {
      account_per_second: 100,
      api_per_second: 100,
      account_per_day: 3,
      api_per_day: 3,
    };
    const limited = await makeCompany(scene.ctx);
    await updateCompany({
      ctx: scene.ctx,
      companyId: limited.id,
      input: { limits },
      caller: CALLER,
    });
    const wallet = () => web.get('/wallet', { token: limited.token });
    expect(await statuses(4, wallet)).toEqual([...times(3, 200), 429]);

    const { sessionId } = await makeCertificate(scene.ctx, scene.company);
    expect((await retain(web, scene, sessionId)).status).toBe(200);
    const login = Buffer.from(`operator:${scene.env.OPERATOR_TOKEN}`).toString('base64');
    const headers = { authorization: `Basic ${login}` };
    expect((await web.get('/operator/queues/api/queues', { headers })).status).toBe(200);
    await expectAllDoneOnce();
    await expectSpent(scene, { session_retention: { lines: 1, amount_microusd: -100_000 } });
  });

  test(
    'the master dies under load: people revoke, and the rest follows from its replica',
    async () => {
      const { master, replica } = await pair();
      let over = false;
      const caller = async (): Promise<void> => {
        for (let n = 0; !over || n < PEOPLE; n++) await revoke();
      };
      const calling = Promise.all(Array.from({ length: CALLERS }, caller));
      const enough = CALLERS * PEOPLE;
      await until('people revoke', () => revoked.length >= enough, LONG_MS);
      await set.kill(master);
      const isReplaced = async () => (await set.masterOf(optOuts().toKey('wait'))) === replica;
      await until('the replica is master', isReplaced, LONG_MS);
      await until('the API knows it', isReady, LONG_MS);
      over = true;
      await calling;
      await expectAllDoneOnce();
      await expectLimit();
      await set.restart(master);
      expect(await pair()).toEqual({ master: replica, replica: master });
    },
    TEST_MS,
  );

  test(
    'what the replica had not been told of yet is enqueued again',
    async () => {
      const { master, replica } = await pair();
      await set.at(replica).config('SET', 'masterauth', 'wrong');
      await set.at(master).client('KILL', 'TYPE', 'REPLICA');
      worker.signal('SIGSTOP');
      for (let person = 0; person < PEOPLE; person++) await revoke();
      const marked = { state: 'flagged', enqueued_at: { $ne: null } } as const;
      const handedOver = async () =>
        (await collections(scene.ctx).revocations.countDocuments(marked)) === PEOPLE;
      await until('the work waits in Redis', handedOver, LONG_MS);
      await set.kill(master);
      const empty = async () =>
        (await optOuts()
          .getWaitingCount()
          .catch(() => null)) === 0;
      await until('the replica is master, and knows of no work', empty, LONG_MS);
      await until('the API knows it', isReady, LONG_MS);
      worker.signal('SIGCONT');
      await expectAllDoneOnce();
    },
    TEST_MS,
  );
});
