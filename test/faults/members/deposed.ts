import { randomUUID } from 'node:crypto';
import { CONSENT } from '../../helpers/company';
import type { Reply } from '../../helpers/service';
import { until } from '../../helpers/until';
import { check, LONG_MS, optOut, retain } from '../scene';
import { apartWithFirstWeb } from './faults';
import type { Stage } from './stage';

const MAX_TRIES = 20;

/**
 * Leaves the first web process alone with a primary that goes on for two seconds as if it were one, has
 * somebody opt out at the other web process meanwhile, and asks the first about them at once. Tries
 * again where the old primary knew better before it was asked.
 * @returns what each call of the first was told
 */
export async function askDeposed(stage: Stage): Promise<Record<string, number>> {
  await stage.people.refill(MAX_TRIES);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { told, wasInTime } = await tryToAsk(stage);
    if (wasInTime) return told;
  }
  throw new Error('the old primary always knew before it was asked');
}

async function tryToAsk(
  stage: Stage,
): Promise<{ told: Record<string, number>; wasInTime: boolean }> {
  const { scene, set, model, people } = stage;
  const [alone, other] = stage.webs;
  const { email, ids, sessions } = people.take();
  const info = { ...scene.company.ids, certificate_id: ids[0] };
  const headers = { 'idempotency-key': randomUUID() };
  const ask = {
    check: () => check(alone, scene, ids[0]),
    'check repeated': () => alone.post('/verify/match', { ...info, consent: CONSENT }, { headers }),
    'certificate-info': () => alone.post('/verify/certificate-info', info),
    retention: () => retain(alone, scene, sessions[1]),
    certificate: () => alone.get(`/certificates/${ids[0]}`, { token: scene.company.token }),
  } satisfies Record<string, () => Promise<Reply>>;
  // Both have their connections by then.
  await Promise.all([
    ask.check(),
    ask['check repeated'](),
    ask.certificate(),
    check(other, scene, ids[0]),
  ]);
  const primary = await set.primary();
  const heir = await set.prepareHeir(primary);
  set.network.cut(apartWithFirstWeb(stage, primary.party));
  try {
    await heir.standForElection();
    // A call to the old primary would wait for its answer for longer than there are two.
    await set.elected(primary);
    const acknowledged = () => model.ask('opt-out', other, (at) => optOut(at, scene, { email }));
    await until('the opt-out is acknowledged', acknowledged, LONG_MS);
    const told = Object.entries(ask).map(async ([name, call]) => [name, (await call()).status]);
    const { isWritablePrimary } = await primary.admin.command({ hello: 1 });
    return {
      told: Object.fromEntries(await Promise.all(told)) as Record<string, number>,
      wasInTime: isWritablePrimary === true,
    };
  } finally {
    set.network.heal();
    await set.whole();
  }
}
