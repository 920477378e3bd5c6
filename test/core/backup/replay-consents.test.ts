import type { Context } from '../../../src/context';
import { type Region, REGIONS } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import type { Service } from '../../helpers/service';
import { crashAt } from '../revocations/crash-at';
import { dump, restore } from './dump';
import { exported, replay } from './replay-scene';
import {
  auditedConsents,
  type ConsentScene,
  expectConsentsRevoked,
  followUpConsents,
  makeConsentScene,
  newSet,
  pathOf,
  register,
  startPriced,
  statuses,
} from './replay-consents-scene';
import { countMovements, walletOf } from '../../helpers/wallet';

let service: Service;
let ctx: Context;
let scene: ConsentScene;

beforeAll(async () => {
  service = await startPriced();
  ({ ctx } = service);
});
afterAll(() => service.close());
beforeEach(async () => {
  scene = await makeConsentScene(service);
});

/** Every version of the company's consents in a region, as stored. */
const versions = (region: Region, more: object = {}) =>
  collections(ctx, region)
    .consents.find({ company_id: scene.company.id, ...more })
    .sort({ _id: 1 })
    .toArray();
const audited = async () => Promise.all(REGIONS.map((region) => auditedConsents(scene, region)));
const NOT_REVOKED = { status: { $ne: 'revoked' } };

describe('after older backups of both regions were restored', () => {
  test.each([
    ['before anything was followed up', () => Promise.resolve()],
    ['after everything was followed up', followUpConsents],
  ])('an export made %s revokes it all again, and only that', async (_, follow) => {
    await follow(scene);
    const text = await exported(scene);
    const before = await audited();
    await restore(ctx, scene.backup);
    expect((await scene.attestr('GET', `/consent/${scene.old}`)).body.status).toBe('active');
    expect((await scene.attestr('GET', `/consent/${scene.young}`)).status).toBe(403);
    const later = await register(scene);
    const laterSet = await newSet(scene, 'us', 'one');
    const originals = await Promise.all(REGIONS.map((region) => versions(region)));

    expect(await replay(ctx, text)).toMatchObject({
      revocations: 0,
      certificates: 0,
      consent_revocations: 8,
      consents: 12,
      of_consents: { revoked: 9, tombstones: 3, already_revoked: 0 },
    });
    await expectConsentsRevoked(scene);
    expect((await scene.attestr('GET', `/consent/${later}`)).body.status).toBe('active');
    expect(await statuses(scene, 'us', laterSet)).toEqual(['granted', 'granted', 'granted']);
    expect((await scene.baanx('us', 'GET', '/user/one')).body.status).toBe('complete');
    expect(await audited()).toEqual(before);
    // Earlier versions are unchanged, and the new ones have the ids that callers were given.
    expect(await Promise.all(REGIONS.map((region) => versions(region, NOT_REVOKED)))).toEqual(
      originals,
    );
    const revoked = await Promise.all(
      REGIONS.map((region) => versions(region, { dialect: 'baanx', status: 'revoked' })),
    );
    expect(revoked.flat().map(({ _id }) => _id)).toEqual(expect.arrayContaining(scene.added));
    expect(revoked.flat()).toHaveLength(scene.added.length);
  });

  test('a second replay changes nothing, and neither of them charges', async () => {
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    const money = async () => [
      await walletOf(ctx, scene.company.id),
      await countMovements(ctx, scene.company.id),
    ];
    const unspent = await money();
    await replay(ctx, text);
    expect(await money()).toEqual(unspent);
    const before = await dump(ctx);
    expect((await replay(ctx, text)).of_consents).toEqual({
      revoked: 0,
      tombstones: 0,
      already_revoked: 12,
    });
    expect(await dump(ctx)).toEqual(before);
    // An export made after the replay says the same.
    const body = (file: string) => file.trimEnd().split('\n').slice(1, -1);
    expect(body(await exported(scene))).toEqual(body(text));
  });

  test('in the databases that the export came from a replay changes nothing', async () => {
    const text = await exported(scene);
    const before = await dump(ctx);
    expect((await replay(ctx, text)).of_consents.already_revoked).toBe(12);
    expect(await dump(ctx)).toEqual(before);
  });

  test('a replay that crashed half-way is finished by the next', async () => {
    const text = await exported(scene);
    const before = await audited();
    await restore(ctx, scene.backup);
    const crashing = crashAtSecond('replay.consents_revoked');
    await expect(replay(crashing, text)).rejects.toThrow('crash');
    const { of_consents } = await replay(ctx, text);
    // The first try had finished one region and not begun the other.
    expect(of_consents).toEqual({ revoked: 4, tombstones: 1, already_revoked: 7 });
    await expectConsentsRevoked(scene);
    expect(await audited()).toEqual(before);
  });

  test('three replays at once name each consent once', async () => {
    const text = await exported(scene);
    const before = await audited();
    await restore(ctx, scene.backup);
    const done = await Promise.all([replay(ctx, text), replay(ctx, text), replay(ctx, text)]);
    const sum = (of: 'revoked' | 'tombstones') =>
      done.reduce((total, { of_consents }) => total + of_consents[of], 0);
    expect([sum('revoked'), sum('tombstones')]).toEqual([9, 3]);
    await expectConsentsRevoked(scene);
    expect(await audited()).toEqual(before);
  });

  test.each(['consents', 'consent_revocations', 'audit_entries'])(
    'a backup whose %s are newer than the rest is repaired as well',
    async (name) => {
      const text = await exported(scene);
      const before = await audited();
      const newer = await dump(ctx);
      const torn = [name, `us/${name}`].map((one) => [one, newer.get(one) ?? []] as const);
      await restore(ctx, new Map([...scene.backup, ...torn]));
      await replay(ctx, text);
      await expectConsentsRevoked(scene);
      expect(await audited()).toEqual(before);
    },
  );

  test('a consent revoked again before the replay keeps that request', async () => {
    const text = await exported(scene);
    await restore(ctx, scene.backup);
    const { one, all } = scene.sets.us;
    const first = await scene.attestr('POST', `/consent/${scene.old}/revoke`);
    await scene.baanx('us', 'DELETE', pathOf(all, 1));
    expect((await replay(ctx, text)).of_consents).toEqual({
      revoked: 7,
      tombstones: 3,
      already_revoked: 2,
    });
    const now = (await scene.attestr('GET', `/consent/${scene.old}`)).body;
    expect(now.revocation_id).toBe(first.body.revocation_id);
    const named = (await audited()).flat().flatMap(({ consents }) => consents);
    expect(named.filter((id) => id === scene.old)).toHaveLength(1);
    expect(named).toHaveLength(12);
    expect(new Set(named).size).toBe(12);
    expect(await statuses(scene, 'us', one)).toEqual(['granted', 'granted', 'revoked']);
  });
});

/** Crashes when a step is reached for the second time. */
function crashAtSecond(step: string): Context {
  let times = 0;
  const crashing = crashAt(ctx, step);
  return {
    ...ctx,
    reach: (reached) =>
      reached === step && ++times === 2 ? crashing.reach(step) : ctx.reach(step),
  };
}
