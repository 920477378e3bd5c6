import { revokeInBulk } from '../../../src/core/batches/list/revoke-in-bulk';
import type { Context } from '../../../src/context';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { manyCertificates } from '../batches/many-certificates';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { crashAt } from '../revocations/crash-at';
import { dump, restore } from './dump';
import {
  audited,
  by,
  exported,
  followUpAll,
  JO,
  makeReplayScene,
  replay,
  type ReplayScene,
  revokeAll,
} from './replay-scene';

let service: Service;
let ctx: Context;
let scene: ReplayScene;
let company: TestCompany;
let old: string[];
let young: string[];

beforeAll(async () => {
  service = await startService();
  ({ ctx } = service);
});
afterAll(() => service.close());
beforeEach(async () => {
  scene = await makeReplayScene(service);
  ({ company, old, young } = scene);
});

const everything = async () => [...(await dump(ctx)).entries()];

describe('after an older backup was restored', () => {
  test.each([
    ['before anything was followed up', () => Promise.resolve()],
    ['after everything was followed up', followUpAll],
  ])('an export made %s revokes it all again, and only that', async (_, follow) => {
    await revokeAll(scene);
    await follow(scene);
    const text = await exported(scene);
    await followUpAll(scene);
    const before = await audited(scene);
    const flags = await collections(ctx).certificates.find({ company_id: company.id }).toArray();
    await restore(ctx, scene.backup);
    expect((await scene.check(old[0]!)).status).toBe(200);
    expect((await scene.check(young[0]!)).status).toBe(404);
    const later = await makeCertificate(ctx, company, { email: JO });

    expect(await replay(ctx, text)).toMatchObject({
      companyId: company.id,
      revocations: 6,
      certificates: 19,
      revoked: 13,
      tombstones: 5,
      already_revoked: 1,
      conflicts: [],
    });
    for (const id of [...old, ...young]) {
      const { status, body } = await scene.check(id);
      expect([status, body.error]).toEqual([403, 'This session has opted out']);
    }
    expect((await scene.check(scene.kept)).status).toBe(200);
    expect((await scene.check(later.id)).status).toBe(200);
    expect(await audited(scene)).toEqual(before);
    for (const { _id, opt_out } of flags) {
      const now = await ctx.store.certificates.find(company.id, _id);
      expect(now?.opt_out).toEqual(opt_out);
    }
  });

  test('a second replay changes nothing', async () => {
    await revokeAll(scene);
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    await replay(ctx, text);
    const before = await everything();
    expect(await replay(ctx, text)).toMatchObject({
      revoked: 0,
      tombstones: 0,
      already_revoked: 19,
    });
    expect(await everything()).toEqual(before);
  });

  test('in the database that the export came from a replay changes nothing', async () => {
    await revokeAll(scene);
    await followUpAll(scene);
    const text = await exported(scene);
    const before = await everything();
    expect(await replay(ctx, text)).toMatchObject({
      revoked: 0,
      tombstones: 0,
      already_revoked: 19,
    });
    expect(await everything()).toEqual(before);
  });

  test.each([
    'replay.recorded',
    'replay.flagged',
    'replay.buried',
    'replay.advanced',
    'revocation.entry_written',
    'revocation.audited',
  ])('a replay that crashed at %s is finished by the next', async (step) => {
    await revokeAll(scene);
    const text = await exported(scene);
    await followUpAll(scene);
    const before = await audited(scene);
    await restore(ctx, scene.backup);
    await expect(replay(crashAt(ctx, step), text)).rejects.toThrow('crash');
    // In between the workers finish what has been written down so far.
    await followUpAll(scene);
    await replay(ctx, text);
    for (const id of [...old, ...young]) expect((await scene.check(id)).status).toBe(403);
    expect(await audited(scene)).toEqual(before);
    const requests = await collections(ctx).revocations.find({ company_id: company.id }).toArray();
    expect([...new Set(requests.map(({ state }) => state))]).toEqual(['completed']);
  });

  test.each(['completed', 'flagged'])(
    'a backup that was not taken at one instant, with requests that are %s, is repaired as well',
    async (state) => {
      await revokeAll(scene);
      await followUpAll(scene);
      const text = await exported(scene);
      const before = await audited(scene);
      const later = (await dump(ctx)).get('revocations') ?? [];
      // That they have their entries is written in them.
      const kept = later.map((request) => ({ ...request, state }));
      await restore(ctx, new Map([...scene.backup, ['revocations', kept]]));
      await replay(ctx, text);
      for (const id of [...old, ...young]) expect((await scene.check(id)).status).toBe(403);
      expect(await audited(scene)).toEqual(before);
    },
  );

  test('requests that it holds as void are opened again: flags and audit are both there', async () => {
    await revokeAll(scene);
    await followUpAll(scene);
    const text = await exported(scene);
    const before = await audited(scene);
    const later = (await dump(ctx)).get('revocations') ?? [];
    const kept = { state: 'void', flags_committed_at: new Date(), completed_at: null };
    const voided = later.map((request) => ({ ...request, ...kept }));
    await restore(ctx, new Map([...scene.backup, ['revocations', voided]]));
    await replay(ctx, text);
    for (const id of [...old, ...young]) expect((await scene.check(id)).status).toBe(403);
    expect(await audited(scene)).toEqual(before);
    const requests = await collections(ctx).revocations.find({ company_id: company.id }).toArray();
    expect([...new Set(requests.map(({ state }) => state))]).toEqual(['completed']);
  });

  test('concurrent replays name each certificate once', async () => {
    await revokeAll(scene);
    await followUpAll(scene);
    const text = await exported(scene);
    const before = await audited(scene);
    await restore(ctx, scene.backup);
    const results = await Promise.all([replay(ctx, text), replay(ctx, text), replay(ctx, text)]);
    expect(results.reduce((sum, { revoked }) => sum + revoked, 0)).toBe(13);
    expect(results.reduce((sum, { tombstones }) => sum + tombstones, 0)).toBe(5);
    expect(results.flatMap(({ conflicts }) => conflicts)).toEqual([]);
    expect(await audited(scene)).toEqual(before);
  });

  test('repeating the capture cannot undo it', async () => {
    const session_id = 'sess-again';
    const { id } = await makeCertificate(ctx, company, { session_id });
    await revokeCertificate({ ...by(scene), certificateId: id });
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    expect((await makeCertificate(ctx, company, { session_id })).id).toBe(id);
    expect((await scene.check(id)).status).toBe(200);
    await replay(ctx, text);
    expect((await scene.check(id)).status).toBe(403);
  });

  test('a tombstone answers 403 to every check, and blocks the capture', async () => {
    const input = { session_id: 'sess-buried', email: 'ann@example.com' };
    const { id } = await makeCertificate(ctx, company, input);
    await revokeCertificate({ ...by(scene), certificateId: id });
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    expect(await replay(ctx, text)).toMatchObject({ tombstones: 1 });
    const { session_id } = input;
    const calls: [string, object][] = [
      ['/verify/match', { ...company.ids, certificate_id: id, consent: CONSENT }],
      ['/verify/partial-match', { ...company.ids, certificate_id: id, term: 'agree' }],
      ['/verify/certificate-info', { certificate_id: id, property_id: company.propertyId }],
      [`/verify/session/${company.id}`, { session_id }],
      [`/verify/certificate/${company.id}`, { session_id }],
    ];
    for (const [path, body] of calls) {
      const reply = await service.post(path, body, { token: company.token });
      expect([path, reply.status]).toEqual([path, 403]);
    }
    await expect(makeCertificate(ctx, company, input)).rejects.toMatchObject({ code: 'opted_out' });
    const { body } = await service.get(`/certificates/${id}`, { token: company.token });
    expect(body).toMatchObject({ data: 'removed', opt_out: { revoke: true, method: 'api' } });
    const found = await service.get('/certificates?email=ann@example.com', {
      token: company.token,
    });
    expect(found.body.certificates).toHaveLength(1);
  });

  test('a session that has another certificate by now is reported, and the rest is replayed', async () => {
    const session_id = 'sess-taken';
    const { id } = await makeCertificate(ctx, company, { session_id });
    await revokeCertificate({ ...by(scene), certificateId: id });
    await revokeAll(scene);
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    await makeCertificate(ctx, company, { session_id, origin: 'https://example.com/other' });
    expect(await replay(ctx, text)).toMatchObject({ revoked: 13, tombstones: 5, conflicts: [id] });
  });

  test('a certificate revoked again before the replay keeps that request', async () => {
    await revokeAll(scene);
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    const again = await revokeCertificate({ ...by(scene), certificateId: old[0]! });
    await followUpAll(scene);
    expect(await replay(ctx, text)).toMatchObject({ revoked: 12, already_revoked: 2 });
    const named = (await audited(scene)).filter(({ certificates }) =>
      certificates.includes(old[0]!),
    );
    expect(named).toEqual([{ id: `${String(again.revocation_id)}.0`, certificates: [old[0]] }]);
  });
});

test('an export has no personal data, and covers one company only', async () => {
  const other = await makeCompany(ctx);
  const { id } = await makeCertificate(ctx, other);
  await revokeCertificate({ ...by(scene), companyId: other.id, certificateId: id });
  await revokeAll(scene);
  const text = await exported(scene);
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(9);
  expect(JSON.parse(lines[0]!)).toMatchObject({ company_id: company.id, version: 2 });
  expect(text).not.toContain(JO);
  expect(text).not.toContain(CONSENT);
  expect(text).not.toContain(id);
  expect(text).not.toContain(other.id);
});

test('what was only written down when the export was made is revoked by the replay', async () => {
  const crashing = revokeCertificate({
    ...by(scene),
    ctx: crashAt(ctx, 'revocation.recorded'),
    certificateId: scene.kept,
  });
  await expect(crashing).rejects.toThrow('crash');
  const text = await exported(scene);
  await restore(ctx, scene.backup);
  await replay(ctx, text);
  expect((await scene.check(scene.kept)).status).toBe(403);
});

test('a request of 10,000 is replayed with ten audit entries, along with small ones', async () => {
  const many = await manyCertificates(ctx, company, 10_000);
  await revokeInBulk({ ...by(scene), certificateIds: many });
  await revokeAll(scene);
  const text = await exported(scene);
  await restore(ctx, scene.backup);
  expect(await replay(ctx, text)).toMatchObject({ revoked: 13, tombstones: 10_005, conflicts: [] });
  const entries = await audited(scene);
  expect(entries.filter(({ certificates }) => certificates.length === 1_000)).toHaveLength(10);
  expect(entries.flatMap(({ certificates }) => certificates)).toHaveLength(10_019);
});
