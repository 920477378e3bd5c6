import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import type { Context } from '../../../src/context';
import { dump } from '../backup/dump';
import { CONSENT, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Scene, setPolicy, sweepAndClean, YEAR } from './scene';

export const IP = '198.51.100.77';
export const REASON = 'Jo Smith asked on the phone';
export const CONSUMER = { actor: { type: 'consumer', id: null }, ip: IP } as const;
export const REFUSED = '403 This session has opted out';

/** A company of a service, and what a consumer and the company do there. */
export interface TracesScene extends Scene {
  service: Service;
  own: { ctx: Context; companyId: string; caller: typeof CONSUMER };
  /** A moment that the proof of the audit reaches back from. */
  soon: () => Date;
  /** Opts out as the consumer; gives the id of the revocation. */
  optOut: (identifiers: { email?: string; certificate_id?: string }) => Promise<string>;
  /** Status and error of a check. */
  check: (certificateId: string) => Promise<string>;
  /** Removes what is a year old. */
  clean: (action?: 'delete' | 'archive') => Promise<void>;
  /** Which of the words are still stored, and where. */
  leftOf: (words: string[]) => Promise<string[]>;
}

/** Gives each test of a file a company of its own. */
export function withTraces(opened: (scene: TracesScene) => void): void {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    opened(makeTraces(service, await makeCompany(service.ctx)));
  });
}

/** The same for a service that is there. */
export function makeTraces(service: Service, company: TestCompany): TracesScene {
  const { ctx } = service;
  const own = { ctx, companyId: company.id, caller: CONSUMER };
  return {
    ctx,
    company,
    service,
    own,
    soon: () => new Date(Date.now() + 120_000),
    optOut: async (identifiers) => {
      const asked = { ...own, method: 'api' as const, reason: REASON, identifiers };
      const { revocation_id } = await revokeByIdentifiers(asked);
      if (revocation_id === null) throw new Error('nothing was revoked');
      return revocation_id;
    },
    check: async (id) => {
      const body = { ...company.ids, certificate_id: id, consent: CONSENT };
      const reply = await service.post('/verify/match', body);
      return `${String(reply.status)} ${(reply.body as { error?: string }).error ?? ''}`.trim();
    },
    clean: async (action = 'delete') => {
      await setPolicy({ ctx, company }, { action, ...YEAR });
      await sweepAndClean({ ctx, company });
    },
    leftOf: async (words) => {
      const found: string[] = [];
      for (const [collection, documents] of await dump(ctx)) {
        const text = JSON.stringify(documents);
        const left = words.filter((word) => text.includes(word));
        found.push(...left.map((word) => `${collection} ${word}`));
      }
      return found;
    },
  };
}
