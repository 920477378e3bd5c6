import { collections } from '../helpers/collections';
import { makeCompany } from '../helpers/company';
import type { Reply } from '../helpers/service';
import { sized } from '../helpers/soak';
import { until } from '../helpers/until';
import { type Child, startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  check,
  expectRevokedOnce,
  expectSpent,
  LONG_MS,
  makeCertificates,
  openScene,
  optOut,
  type Scene,
} from './scene';
import { countMovements } from '../helpers/wallet';

const CALLERS = 12;
const KILLS = sized({ suite: 4, soak: 60 });
/** An API is killed after at most this many answers. */
const MAX_ANSWERS_A_LIFE = 250;
const CHECK_PRICE = 15_000;
const BALANCE = 10_000_000_000;
/** More than the callers can revoke until then. */
const LEAVING = 1_000 * KILLS;

let scene: Scene;
let web: Web;
let worker: Child;

beforeAll(async () => {
  scene = await openScene();
  scene.company = await makeCompany(scene.ctx, { balanceMicrousd: BALANCE });
  [web, worker] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
});
afterAll(() => scene.close());

/** What callers have asked for and been told. */
interface Tally {
  over: boolean;
  answers: number;
  asked: Set<string>;
  revoked: Set<string>;
  checksAsked: number;
  checksPaid: number;
}

/** Null without a true answer: the connection broke (the next call goes to the next API) or 503. */
async function ask(call: (at: Web) => Promise<Reply>, tally: Tally): Promise<Reply | null> {
  const at = web;
  try {
    const reply = await call(at);
    tally.answers += 1;
    return reply.status === 503 ? null : reply;
  } catch (error) {
    if (at.ended() === null) await at.exited;
    expect(String(error)).toMatch(/fetch failed|terminated/);
    await until('there is another API', () => web !== at, LONG_MS);
    return null;
  }
}

async function checkActive(id: string, tally: Tally): Promise<void> {
  tally.checksAsked += 1;
  const reply = await ask((at) => check(at, scene, id), tally);
  if (!reply) return;
  expect(reply.status).toBe(200);
  tally.checksPaid += 1;
}

/** Once a caller is told that it is revoked, no check passes any more. */
async function revoke(id: string, tally: Tally): Promise<void> {
  tally.asked.add(id);
  const reply = await ask((at) => optOut(at, scene, { certificate_id: id }), tally);
  if (!reply) return;
  expect(reply.status).toBe(200);
  tally.revoked.add(id);
  const after = await ask((at) => check(at, scene, id), tally);
  if (after) expect(after.status).toBe(403);
}

test(
  'APIs and workers killed at random under load: what was acknowledged stands',
  async () => {
    const active = (await makeCertificates(scene, 50)).ids;
    const leaving = (await makeCertificates(scene, LEAVING)).ids;
    const tally: Tally = {
      over: false,
      answers: 0,
      asked: new Set(),
      revoked: new Set(),
      checksAsked: 0,
      checksPaid: 0,
    };
    let next = 0;
    const caller = async (): Promise<void> => {
      while (!tally.over) {
        await checkActive(active[next % active.length]!, tally);
        // Each one is named by two callers, most often at the same time.
        await revoke(leaving[next++ >> 1]!, tally);
      }
    };
    const calling = Promise.all(Array.from({ length: CALLERS }, caller));
    const killing = async (): Promise<void> => {
      for (let kill = 1; kill <= KILLS; kill++) {
        const enough = tally.answers + 1 + Math.random() * MAX_ANSWERS_A_LIFE;
        await until('the callers have their answers', () => tally.answers >= enough, LONG_MS);
        await Promise.all([web.kill(), kill % 2 === 0 && worker.kill()]);
        web = await startWeb(scene.env);
        if (worker.ended() !== null) worker = await startWorker(scene.env);
      }
      tally.over = true;
    };
    await Promise.all([calling, killing()]);
    await allFinished(scene);

    const { certificates } = collections(scene.ctx);
    const flagged = await certificates
      .find({ 'opt_out.revoke': true }, { projection: { _id: 1 } })
      .toArray();
    const revoked = flagged.map(({ _id }) => _id);
    await expectRevokedOnce(scene, revoked);
    expect([...tally.revoked].filter((id) => !revoked.includes(id))).toEqual([]);
    expect(revoked.filter((id) => !tally.asked.has(id))).toEqual([]);
    for (const id of tally.revoked) expect((await check(web, scene, id)).status).toBe(403);

    const lines = await countMovements(scene.ctx, scene.company.id, 'check_match');
    expect(lines).toBeGreaterThanOrEqual(tally.checksPaid);
    expect(lines).toBeLessThanOrEqual(tally.checksAsked);
    const check_match = { lines, amount_microusd: -CHECK_PRICE * lines };
    await expectSpent(scene, { check_match });
  },
  KILLS * 30_000,
);
