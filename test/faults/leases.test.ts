import { reconcileWallets } from '../../src/jobs/reconcile-wallets';
import { collections } from '../helpers/collections';
import { sized } from '../helpers/soak';
import { until } from '../helpers/until';
import { type Child, startWorker } from './processes';
import { LONG_MS, openScene, type Scene } from './scene';

const NAME = 'reconcile-wallets';
/** As many as keep a worker busy for longer than it takes to stop it. */
const COMPANIES = 100;
const MOVES_WITHIN_MS = 10_000;
/** Longer than the lease. */
const PAUSE_MS = sized({ suite: 8_000, soak: 60_000 });

let scene: Scene;
let idle: Child;

beforeAll(async () => {
  scene = await openScene();
  idle = await startWorker(scene.env);
  // Its first jobs are those of the schedules, which run at once.
  const { companies, walletProofs } = collections(scene.ctx);
  const isProved = async () =>
    (await walletProofs.countDocuments()) > 0 && (await holder()) === null;
  await until('they are done', isProved, LONG_MS);
  const company = await companies.findOne({ _id: scene.company.id });
  const copies = Array.from({ length: COMPANIES }, (_, i) => ({
    ...company!,
    _id: `comp-${String(i).padStart(5, '0')}`,
  }));
  await companies.insertMany(copies);
});
afterAll(() => scene.close());

const lease = () => collections(scene.ctx).leases.findOne({ _id: NAME });
const holder = async () => (await lease())?.holder ?? null;

/** Has a new worker begin, while the other one cannot. */
async function begin(): Promise<{ worker: Child; held: string }> {
  idle.signal('SIGSTOP');
  const worker = await startWorker(scene.env);
  const { queues } = scene.ctx;
  const job = { name: reconcileWallets.kind, data: {}, opts: { attempts: 3 } };
  await queues.byName.wallet.addBulk([job]);
  return { worker, held: await until('it holds the lease', holder, LONG_MS) };
}

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'work under a lease moves on within ten seconds of its holder’s %s',
  async (signal) => {
    const { worker, held } = await begin();
    worker.signal(signal);
    const from = performance.now();
    idle.signal('SIGCONT');
    const isMoved = async () => ![null, held].includes(await holder());
    await until('another worker holds it', isMoved, LONG_MS);
    expect(performance.now() - from).toBeLessThan(MOVES_WITHIN_MS);
    const next = await holder();
    if (signal === 'SIGSTOP') {
      await until('the pause is over', () => performance.now() - from > PAUSE_MS, 2 * LONG_MS);
      worker.signal('SIGCONT');
    }
    const isDone = async () => (await holder()) !== next;
    await until('it is done', isDone, LONG_MS);
    expect(await lease()).toMatchObject({ holder: null, cursor: null });
    const { walletProofs } = collections(scene.ctx);
    expect(await walletProofs.countDocuments({ drift_microusd: { $ne: 0 } })).toBe(0);
    await worker.kill();
  },
  5 * LONG_MS,
);
