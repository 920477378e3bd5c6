import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { requestReceipt } from '../../../src/core/proof/request-receipt';
import { verifyLog } from '../../../src/core/proof/verify-log';
import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { commitmentTo, saltFor } from '../../../src/lib/commitments';
import { collections } from '../../helpers/collections';
import { growLogNow } from '../../helpers/log';
import { dump } from '../backup/dump';
import { aged } from '../cleanup/scene';
import { IP, REASON, type TracesScene, withTraces } from '../cleanup/traces-scene';

const PERSON = { email: 'nobody-else@example.com', mobile: '+14155550177' };
let scene: TracesScene;
withTraces((opened) => (scene = opened));

/** Somebody with a certificate that was checked, and revoked; all of it is in the log. */
async function makePerson(): Promise<{ id: string; sessionId: string; revocationId: string }> {
  const made = await aged(scene, 400, PERSON);
  expect(await scene.check(made.id)).toBe('200');
  const revocationId = await scene.optOut({ email: PERSON.email });
  await finishRevocation({ ctx: scene.ctx, revocationId });
  await growLogNow(scene.ctx);
  return { ...made, revocationId };
}

/** Every salt and secret of salts that the database still has. */
async function saltsLeft(): Promise<string[]> {
  const documents = [...(await dump(scene.ctx)).values()].flat() as Record<string, unknown>[];
  return documents
    .flatMap((one) => [one.salt, one.person_salt, one.ledger_salt])
    .filter((salt) => typeof salt === 'string');
}

/** Commitments to these values by a secret, as records have them. */
function commitmentsBy(secret: string, values: string[]): string[] {
  const names = ['ip', 'reason', 'certificate 0', 'certificate 1', 'consent 0'];
  const salts = [secret, ...names.map((name) => saltFor(secret, name))];
  return values.flatMap((value) => salts.map((salt) => commitmentTo({ salt, value })));
}

test('after a clean-up nothing tells who it was, and no salt is left that opens it', async () => {
  const { id, sessionId } = await makePerson();
  const values = [id, sessionId, IP, REASON, PERSON.email, PERSON.mobile, '4155550177'];
  const before = (await saltsLeft()).flatMap((salt) => commitmentsBy(salt, values));
  expect(await scene.leftOf([id, PERSON.email])).not.toEqual([]);
  // The certificate, under its own name; IP and reason of what was done.
  const committed = (await scene.leftOf(before)).filter((one) => one.startsWith('log_records'));
  expect(committed.length).toBeGreaterThanOrEqual(2);

  await scene.clean();
  await growLogNow(scene.ctx);
  expect(await scene.leftOf(values)).toEqual([]);
  const after = (await saltsLeft()).flatMap((salt) => commitmentsBy(salt, values));
  expect(await scene.leftOf(after)).toEqual([]);
  const verdict = await verifyLog({ ctx: scene.ctx, region: 'default' });
  expect(verdict).toMatchObject({ isSound: true });
});

test('after a clean-up the record of a request at the portal tells nothing, either', async () => {
  const { ctx } = scene;
  const { id } = await aged(scene, 400, PERSON);
  const { key } = await revokeConsents({
    ctx,
    identifier: { kind: 'email', value: PERSON.email },
    scope: { kind: 'chosen', consentIds: [id] },
    requestId: 'portal_secret',
    via: 'Consumer portal',
    ip: IP,
    gpc: false,
  });
  await growLogNow(ctx);
  expect((await requestReceipt({ ctx, key }))!.opening.subjects).toMatchObject([{ value: id }]);
  await scene.clean();
  await growLogNow(ctx);
  const values = [id, IP, PERSON.email, key.salt, key.identifier];
  expect(await scene.leftOf(values)).toEqual([]);
  const after = (await saltsLeft()).flatMap((salt) => commitmentsBy(salt, values));
  expect(await scene.leftOf(after)).toEqual([]);
  expect((await requestReceipt({ ctx, key }))!.opening.subjects).toEqual([]);
  expect((await verifyLog({ ctx, region: 'default' })).line).toMatch(/sound: /);
});

test('a copy of a receipt that somebody kept is still good', async () => {
  const { id, revocationId } = await makePerson();
  const { service, company } = scene;
  const path = `/revocations/${revocationId}/receipt`;
  const { body } = await service.get(path, { token: company.token });
  await scene.clean();
  await growLogNow(scene.ctx);
  const folder = await mkdtemp(join(tmpdir(), 'rescind-test-'));
  try {
    const [program, receipt] = [join(folder, 'verify.mjs'), join(folder, 'receipt.json')];
    const served = await fetch(`${service.url}/log/verify-receipt.mjs`);
    await writeFile(program, await served.text());
    await writeFile(receipt, JSON.stringify(body));
    const out = await new Promise<string>((resolve) => {
      execFile(process.execPath, [program, receipt], (_error, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
    expect(out).toMatch(/^good: certificate\.revoked, /);
    expect(out).toContain(id);
  } finally {
    await rm(folder, { recursive: true });
  }
  const later = await service.get(path, { token: company.token });
  expect(later.status).toBe(200);
  expect(JSON.stringify(later.body)).not.toContain(id);
});

test.each(['ip', 'certificates'] as const)(
  'what a clean-up changes while it is put into the log (%s) is recorded as it is afterwards',
  async (field) => {
    const { ctx } = scene;
    const { id } = await aged(scene, 400, PERSON);
    const clean = field === 'ip' ? { ip: null, reason: null } : { certificates: ['removed_x'] };
    ctx.reach = async (step) => {
      if (step !== 'log.appending') return;
      ctx.reach = () => Promise.resolve();
      await collections(ctx).audit.updateOne({ certificates: id }, { $set: clean });
    };
    await growLogNow(ctx);
    expect((await verifyLog({ ctx, region: 'default' })).line).toMatch(/sound: /);
  },
);
