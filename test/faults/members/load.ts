import { setTimeout as pause } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { CONSENT } from '../../helpers/company';
import type { Reply } from '../../helpers/service';
import { until } from '../../helpers/until';
import { check, LONG_MS, optOut, retain } from '../scene';
import { revokeByFile } from './load-files';
import type { Person } from './people';
import type { Stage } from './stage';

/** Each web process is asked this often, whether it has answered the last time or not. */
const PROBE_EVERY_MS = 250;
const RETRY_EVERY_MS = 200;
const ACTIVE = 20;

/** Callers of all kinds, until they are told to stop; what they began they bring to its end. */
export function startLoad(stage: Stage): { stop: () => Promise<void> } {
  const load = new Load(stage);
  const running = [
    load.repeatedly(250, () => load.optOutById()),
    load.repeatedly(400, () => load.optOutByEmail()),
    load.repeatedly(500, () => load.checkUnderKey()),
    load.repeatedly(1_000, () => load.retainOne()),
    load.repeatedly(1_500, () => load.revokeList()),
    load.repeatedly(2_000, () => revokeByFile(stage, load)),
    load.probe(0),
    load.probe(1),
  ];
  return {
    stop: async () => {
      load.over = true;
      await Promise.all(running);
    },
  };
}

/** The callers of one round. */
export class Load {
  over = false;
  private readonly active: Person[];
  private turn = 0;

  constructor(private readonly stage: Stage) {
    this.active = stage.people.takeMany(ACTIVE);
  }

  /** Calls one after the other, with a rest between them. */
  async repeatedly(restMs: number, call: () => Promise<void>): Promise<void> {
    try {
      while (!this.over) {
        await call();
        await pause(restMs);
      }
    } catch (error) {
      this.stage.model.break('a caller gave up', String(error));
    }
  }

  /** Checks that do not wait for each other: a web process is back when it answers a new one. */
  async probe(index: number): Promise<void> {
    const under: Promise<void>[] = [];
    await this.repeatedly(PROBE_EVERY_MS, () => {
      under.push(this.checkAt(index, this.somebody()));
      return Promise.resolve();
    });
    await Promise.all(under);
  }

  /** Asks again until there is an answer, of either web process in turn. */
  async insist(what: string, call: (at: Stage['webs'][0]) => Promise<Reply>): Promise<Reply> {
    const { model, webs } = this.stage;
    return until(
      `an answer: ${what}`,
      async () => {
        this.turn += 1;
        const reply = await model.ask(what, webs[this.turn % 2 === 0 ? 0 : 1], call);
        if (!reply) await pause(RETRY_EVERY_MS);
        return reply;
      },
      2 * LONG_MS,
    );
  }

  async optOutById(): Promise<void> {
    const [id] = this.stage.people.take().ids;
    await this.revoke('opt-out by certificate', [id], (at) =>
      optOut(at, this.stage.scene, { certificate_id: id }),
    );
  }

  /** By two callers at the same time. */
  async optOutByEmail(): Promise<void> {
    const { email, ids } = this.stage.people.take();
    const once = () =>
      this.revoke('opt-out by email', ids, (at) => optOut(at, this.stage.scene, { email }));
    await Promise.all([once(), once()]);
  }

  async revokeList(): Promise<void> {
    const { model, people, scene } = this.stage;
    const ids = people.takeMany(5).flatMap((person) => person.ids);
    const listed = [...ids, ids[0] ?? '', 'certificate-of-nobody'];
    const options = { token: scene.company.token, headers: { 'idempotency-key': randomUUID() } };
    const { body } = await this.revoke('bulk', ids, (at) =>
      at.post('/revocations/bulk', { certificate_ids: listed }, options),
    );
    if (body.revoked !== ids.length) model.break('bulk', JSON.stringify(body));
    model.batches.set(body.batch_id as string, {
      state: 'completed',
      rows_read: listed.length,
      revoked: ids.length,
      certificates_revoked: ids.length,
      duplicate: 1,
      not_found: 1,
      already_revoked: 0,
      invalid: 0,
    });
  }

  /** Once it is acknowledged, neither web process passes it any more. */
  async confirm(ids: string[]): Promise<void> {
    const [id] = ids;
    if (id === undefined) return;
    await Promise.all([0, 1].map((index) => this.checkAt(index, id)));
    await Promise.all([0, 1].map((index) => this.lookAt(index, id)));
  }

  async checkUnderKey(): Promise<void> {
    const { model, scene } = this.stage;
    const key = randomUUID();
    const [, id] = this.anybodyActive().ids;
    const body = { ...scene.company.ids, certificate_id: id, consent: CONSENT };
    const headers = { 'idempotency-key': key };
    const { status } = await this.insist('check under a key', (at) =>
      at.post('/verify/match', body, { headers }),
    );
    if (status === 200) model.paidKeys.add(key);
    else model.break('check under a key', String(status));
    // Free, whoever answers.
    await this.insist('check repeated', (at) => at.post('/verify/match', body, { headers }));
  }

  async retainOne(): Promise<void> {
    const { model, people, scene } = this.stage;
    const [, session] = people.take().sessions;
    const { status, body } = await this.insist('retention', (at) => retain(at, scene, session));
    if (status === 200) model.retained.add(session);
    else model.break('retention', `${String(status)} ${JSON.stringify(body)}`);
  }

  private async revoke(
    what: string,
    ids: string[],
    call: (at: Stage['webs'][0]) => Promise<Reply>,
  ): Promise<Reply> {
    const { model } = this.stage;
    for (const id of ids) model.asked.add(id);
    const reply = await this.insist(what, call);
    if (reply.status >= 300)
      model.break(what, `${String(reply.status)} ${JSON.stringify(reply.body)}`);
    else {
      model.acknowledge(ids);
      await this.confirm(ids);
    }
    return reply;
  }

  private async checkAt(index: number, id: string): Promise<void> {
    const { model, scene, webs } = this.stage;
    const wasAcknowledged = model.acknowledged.has(id);
    const web = webs[index === 0 ? 0 : 1];
    const reply = await model.ask('check', web, (at) => check(at, scene, id));
    if (!reply) model.plain.unanswered += 1;
    else model.judgeCheck(index, id, wasAcknowledged, reply);
    if (reply?.status === 200) model.plain.paid += 1;
  }

  private async lookAt(index: number, id: string): Promise<void> {
    const { model, scene, webs } = this.stage;
    const { token } = scene.company;
    const web = webs[index === 0 ? 0 : 1];
    const reply = await model.ask('look', web, (at) => at.get(`/certificates/${id}`, { token }));
    const shown = reply?.body as { opt_out?: { revoke?: boolean } } | undefined;
    if (reply && reply.status !== 200) model.break('look', String(reply.status));
    else if (reply && shown?.opt_out?.revoke !== true)
      model.break('look', 'older than what was acknowledged');
  }

  private anybodyActive(): Person {
    return this.active[Math.floor(Math.random() * ACTIVE)] ?? this.stage.people.take();
  }

  /** One whose consent stands, or one of those who revoked last. */
  private somebody(): string {
    const revoked = [...this.stage.model.acknowledged].slice(-ACTIVE);
    const recent = revoked[Math.floor(Math.random() * revoked.length)];
    return Math.random() < 0.3 && recent !== undefined ? recent : this.anybodyActive().ids[0];
  }
}
