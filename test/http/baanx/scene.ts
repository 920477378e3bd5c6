import type { Region } from '../../../src/store/regions';
import { collections } from '../../helpers/collections';
import { type CallOptions, type Reply, type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { type KeyedCompany, makeKeyedCompany } from '../key-pair';

export const GIVEN = ['termsAndPrivacy', 'eSignAct', 'marketingNotifications'];

export const granted = (types: string[]) =>
  types.map((consentType) => ({ consentType, consentStatus: 'granted' }));

/** Calls the Baanx dialect as a company with a key pair. */
export interface BaanxScene {
  service: Service;
  company: KeyedCompany;
  call: (method: string, path: string, options?: CallOptions) => Promise<Reply>;
  newUser: () => string;
  /** Records a set, by default of three granted consents. */
  newSet: (
    userId?: string,
    more?: Record<string, unknown>,
    options?: CallOptions,
  ) => Promise<Reply['body']>;
  revoke: (
    set: { consentSetId: string },
    consentId: string,
    options?: CallOptions,
  ) => Promise<Reply>;
  /** A record in the database of a region, as text. */
  stored: (recordId: string, region?: Region) => Promise<string>;
}

/** Starts the API with a company in it. */
export async function openScene(settings: Record<string, string> = {}): Promise<BaanxScene> {
  const service = await startService(testConfig({ TRUST_PROXY: '1', ...settings }));
  const company = await makeKeyedCompany(service.ctx);
  let users = 0;
  const newUser = () => `user_${String(++users)}`;
  const call: BaanxScene['call'] = (method, path, { headers, ...more } = {}) =>
    service.call(method, `/v2/consent${path}`, {
      headers: { ...company.baanx, ...headers },
      ...more,
    });
  return {
    service,
    company,
    call,
    newUser,
    newSet: async (userId = newUser(), more = {}, options = {}) => {
      const body = { userId, policy: 'global', consents: granted(GIVEN), ...more };
      const { status, body: set } = await call('POST', '/consentSet', { body, ...options });
      expect(status).toBe(201);
      return set;
    },
    revoke: (set, consentId, options) =>
      call('DELETE', `/consentSet/${set.consentSetId}/consent/${consentId}`, options),
    stored: async (recordId, region = 'default') => {
      const { consents } = collections(service.ctx, region);
      return JSON.stringify(await consents.findOne({ _id: recordId }));
    },
  };
}
