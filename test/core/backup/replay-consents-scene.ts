import { finishConsentRevocations } from '../../../src/core/consents/finish-consent-revocations';
import { revokePersonConsents } from '../../../src/core/consents/revoke-person-consents';
import type { Context } from '../../../src/context';
import { type Region, REGIONS } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { PREFIX, TERMS } from '../../http/attestr/scene';
import { GIVEN, granted } from '../../http/baanx/scene';
import { type KeyedCompany, makeKeyedCompany } from '../../http/key-pair';
import { type Dump, dump } from './dump';

const PRICE_MICROUSD = 20_000;

export interface SetView {
  consentSetId: string;
  status: string;
  consents: { consentId: string; consentType: string; consentStatus: string }[];
}

/** A company with a backup of both regions, and what it revoked after the backup. */
export interface ConsentScene {
  ctx: Context;
  company: KeyedCompany;
  backup: Dump;
  /** Attestr consents from before the backup and after it, and one that is never revoked. */
  old: string;
  young: string;
  kept: string;
  /** `one`: its third consent is revoked; `all`: each; `young`: its second, and it is not in the backup. */
  sets: Record<Region, { one: SetView; all: SetView; young: SetView; kept: SetView }>;
  /** Ids of the records that the revocations of Baanx consents added. */
  added: string[];
  attestr: Service['call'];
  baanx: (region: Region, ...call: Parameters<Service['call']>) => ReturnType<Service['call']>;
}

/** A service that charges for Attestr's call; the US region has a database of its own. */
export function startPriced(): Promise<Service> {
  const { mongodbUri: MONGODB_URI_US } = testConfig();
  const PRICE_ATTESTR_REVOCATION_MICROUSD = String(PRICE_MICROUSD);
  return startService(testConfig({ MONGODB_URI_US, PRICE_ATTESTR_REVOCATION_MICROUSD }));
}

/** A new company and its calls. */
export async function makeCaller({ ctx, call }: Service) {
  const company = await makeKeyedCompany(ctx);
  const attestr: ConsentScene['attestr'] = (method, path, options) =>
    call(method, PREFIX + path, { headers: company.attestr, ...options });
  const baanx: ConsentScene['baanx'] = (region, method, path, options) => {
    const headers = { ...company.baanx, 'x-us-env': String(region === 'us') };
    return call(method, `/v2/consent${path}`, { headers, ...options });
  };
  return { ctx, company, attestr, baanx };
}
type Caller = Awaited<ReturnType<typeof makeCaller>>;

export async function register({ attestr }: Pick<Caller, 'attestr'>): Promise<string> {
  return (await attestr('POST', '/consent', { body: TERMS })).body._id as string;
}

export async function newSet(
  { baanx }: Pick<Caller, 'baanx'>,
  region: Region,
  userId: string,
): Promise<SetView> {
  const body = { userId, policy: 'global', consents: granted(GIVEN) };
  return (await baanx(region, 'POST', '/consentSet', { body })).body as SetView;
}

export const pathOf = (set: SetView, place: number) =>
  `/consentSet/${set.consentSetId}/consent/${set.consents[place]!.consentId}`;

/** Makes consents, a backup and more consents, then revokes in every way there is. */
export async function makeConsentScene(service: Service): Promise<ConsentScene> {
  const caller = await makeCaller(service);
  const { ctx, attestr, baanx } = caller;
  const [old, kept] = [await register(caller), await register(caller)];
  const sets = {} as ConsentScene['sets'];
  for (const region of REGIONS) {
    const [one, all] = [await newSet(caller, region, 'one'), await newSet(caller, region, 'all')];
    sets[region] = { one, all, young: one, kept: await newSet(caller, region, 'kept') };
  }
  const backup = await dump(ctx);
  const young = await register(caller);
  const asked = { reason: 'asked' };
  const path = `/consent/${old}/revoke`;
  expect((await attestr('POST', path, { body: asked })).status).toBe(200);
  await revokePersonConsents({
    ctx,
    companyId: caller.company.id,
    names: { certificate_ids: [young] },
    ids: null,
    ...asked,
    method: 'consumer_portal',
    caller: { actor: { type: 'consumer', id: null }, ip: null },
  });
  const added: string[] = [];
  for (const region of REGIONS) {
    const { one } = sets[region];
    const late = await newSet(caller, region, 'young');
    sets[region].young = late;
    const all = await baanx(region, 'POST', '/user/all/revocations', { body: { all: true } });
    for (const { consentId } of all.body.consents as { consentId: string }[]) added.push(consentId);
    for (const path of [pathOf(one, 2), pathOf(late, 1)]) {
      added.push((await baanx(region, 'DELETE', path)).body.consentId as string);
    }
  }
  expect(added).toHaveLength(10);
  return { ...caller, backup, old, young, kept, sets, added };
}

/** What the workers do. */
export async function followUpConsents({ ctx, company }: ConsentScene): Promise<void> {
  for (const region of REGIONS) {
    const { consentRevocations } = collections(ctx, region);
    for (const { _id } of await consentRevocations.find({ company_id: company.id }).toArray()) {
      await finishConsentRevocations({ ctx, region, revocationIds: [_id] });
    }
  }
}

export async function statuses(
  { baanx }: ConsentScene,
  region: Region,
  set: SetView,
): Promise<string[]> {
  const { body } = await baanx(region, 'GET', `/consentSet/${set.consentSetId}`);
  return (body as SetView).consents.map(({ consentStatus }) => consentStatus);
}

/** Every audit entry about revoked consents; the ids that it names are sorted. */
export async function auditedConsents({ ctx, company }: ConsentScene, region: Region) {
  const filter = { company_id: company.id, action: 'consent.revoked' as const };
  const found = await collections(ctx, region).audit.find(filter).sort({ _id: 1 }).toArray();
  return found.map((entry) => ({ ...entry, consents: [...(entry.consents ?? [])].sort() }));
}

/** Everything that the scene revoked is revoked, and nothing else. */
export async function expectConsentsRevoked(scene: ConsentScene): Promise<void> {
  const { attestr, baanx, old, young, kept, sets } = scene;
  for (const id of [old, young]) {
    const { body } = await attestr('GET', `/consent/${id}`);
    expect(body).toMatchObject({ _id: id, status: 'revoked', reason: 'asked' });
    const again = await attestr('POST', `/consent/${id}/revoke`);
    expect([again.status, again.body.revocation_id]).toEqual([200, body.revocation_id]);
    const change = await attestr('PATCH', `/consent/${id}`, { body: { text: 'other' } });
    expect([change.status, change.body.code]).toEqual([403, 4031]);
  }
  expect((await attestr('GET', `/consent/${kept}`)).body.status).toBe('active');
  for (const region of REGIONS) {
    const { one, all, young: late, kept: left } = sets[region];
    expect(await statuses(scene, region, one)).toEqual(['granted', 'granted', 'revoked']);
    expect(await statuses(scene, region, all)).toEqual(['revoked', 'revoked', 'revoked']);
    expect((await statuses(scene, region, late)).includes('revoked')).toBe(true);
    expect(await statuses(scene, region, left)).toEqual(['granted', 'granted', 'granted']);
    for (const path of [pathOf(one, 2), pathOf(all, 0), pathOf(late, 1)]) {
      expect((await baanx(region, 'DELETE', path)).status).toBe(404);
    }
  }
}
