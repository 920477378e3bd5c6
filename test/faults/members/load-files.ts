import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sendFile } from '../scene';
import type { Load } from './load';
import type { Stage } from './stage';

const PEOPLE_BY_EMAIL = 4;
const PEOPLE_BY_ID = 4;
const LOOK_EVERY_MS = 200;

/** Uploads a small file with rows of every kind, and follows it until all its flags are set. */
export async function revokeByFile(stage: Stage, load: Load): Promise<void> {
  const { model, people, scene } = stage;
  const { token } = scene.company;
  const byEmail = people.takeMany(PEOPLE_BY_EMAIL);
  const byId = people.takeMany(PEOPLE_BY_ID).map(({ ids }) => ids[0]);
  const ids = [...byEmail.flatMap((person) => person.ids), ...byId];
  const rows = [
    ...byEmail.map(({ email }) => `,${email}`),
    ...byId.map((id) => `${id},`),
    `${byId[0] ?? ''},`,
    ',not an email',
    ',nobody@example.com',
  ];
  for (const id of ids) model.asked.add(id);
  const file = `Certificate ID,Email\n${rows.join('\n')}\n`;
  const key = randomUUID();
  const accepted = await load.insist('file', (at) =>
    sendFile(at, token, file, { 'idempotency-key': key }),
  );
  if (accepted.status !== 202) {
    model.break('file', `${String(accepted.status)} ${JSON.stringify(accepted.body)}`);
    return;
  }
  const { batch_id } = accepted.body as { batch_id: string };
  model.batches.set(batch_id, {
    state: 'completed',
    rows_read: rows.length,
    revoked: PEOPLE_BY_EMAIL + PEOPLE_BY_ID,
    certificates_revoked: ids.length,
    duplicate: 1,
    not_found: 1,
    already_revoked: 0,
    invalid: 1,
  });
  const status = () =>
    load.insist('batch', (at) => at.get(`/revocations/batches/${batch_id}`, { token }));
  while (((await status()).body as { flags_committed_at: unknown }).flags_committed_at === null) {
    await pause(LOOK_EVERY_MS);
  }
  model.acknowledge(ids);
  await load.confirm(ids);
}
