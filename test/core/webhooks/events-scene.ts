import type { Context } from '../../../src/context';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { createEndpoint } from '../../../src/core/webhooks/create-endpoint';
import type { Region } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate } from '../../helpers/company';
import { type CsvScene, openCsvScene, withNewCompany } from '../batches/scene';

/** What no endpoint may ever be told. */
export const PERSON = {
  email: 'jane.roe@example.com',
  mobile: '+14155550199',
  reason: 'because of my divorce',
  ip: '192.0.2.77',
  text: 'I let them call me at night.',
};
export const BY = { ...CALLER, ip: PERSON.ip };

/** An event as it is told. */
export interface Told {
  event: string;
  batch_id?: string | null;
  certificate_ids?: string[];
  consent_ids?: string[];
}

/** What tests of events work with: a company of its own for each, which has an endpoint. */
export interface EventScene extends CsvScene {
  endpointId: string;
}

/**
 * Opens a scene for each test of a file, after which nothing personal may be in any event.
 * @param opened receives it
 */
export function withEndpoints(opened: (scene: EventScene) => void): void {
  let all: CsvScene;
  let one: EventScene;
  beforeAll(async () => {
    all = await openCsvScene();
  });
  beforeEach(async () => {
    const scene = await withNewCompany(all);
    const fields = { url: 'http://127.0.0.1:9/hook' };
    const to = { ctx: scene.ctx, companyId: scene.company.id, caller: BY };
    one = { ...scene, endpointId: (await createEndpoint({ ...to, fields })).endpoint._id };
    opened(one);
  });
  afterEach(async () => {
    for (const region of ['default', 'us'] as const) {
      const text = JSON.stringify(await eventsIn(one, region));
      for (const secret of Object.values(PERSON)) expect(text).not.toContain(secret);
      expect(text).not.toMatch(/@|\+1\d{10}|_hash|"(ip|actor)":/);
    }
  });
  afterAll(() => all.close());
}

export function eventsIn({ ctx, company }: CsvScene, region: Region = 'default') {
  const mine = { company_id: company.id };
  return collections(ctx, region).webhookEvents.find(mine).sort({ at: 1 }).toArray();
}

/** All that the company is told, but of what was registered. */
export async function toldIn(scene: CsvScene, region: Region = 'default'): Promise<Told[]> {
  const all = await eventsIn(scene, region);
  return all
    .filter(({ event }) => event !== 'certificate.created')
    .map(({ event, data }) => ({ event, ...data }));
}

export function namedBy(all: Told[]): string[] {
  return all.flatMap((one) => one.certificate_ids ?? []).sort();
}

/** How many certificates each names, the most first. */
export function sizesOf(all: Told[]): number[] {
  return all.flatMap((one) => one.certificate_ids?.length ?? []).sort((a, b) => b - a);
}

export function certificateIn({ ctx, company }: CsvScene, more: object = {}) {
  return makeCertificate(ctx, company, {
    email: PERSON.email,
    mobile: PERSON.mobile,
    consents: [{ type: 'tcpa', text: PERSON.text }],
    ...more,
  });
}

export function optOutIn(
  { ctx, company }: { ctx: Context } & Pick<CsvScene, 'company'>,
  identifiers: object,
  more: object = {},
) {
  return revokeByIdentifiers({
    ctx,
    companyId: company.id,
    identifiers,
    method: 'api',
    caller: BY,
    reason: PERSON.reason,
    ...more,
  });
}
