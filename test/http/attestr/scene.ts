import { type CallOptions, type Reply, type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { type KeyedCompany, makeKeyedCompany } from '../key-pair';

export const PREFIX = '/api/v3/public';

export const TERMS = {
  subject: { email: 'Ann@Example.com', mobile: '(415) 555-0100', ref: 'crm-17' },
  purposes: ['kyc', 'credit-check'],
  text: 'I agree that Example Corp checks my identity.',
};

/** The errors of the dialect's document, by code: status and message. */
export const ERRORS: Record<number, [number, string]> = {
  4001: [400, 'Malformed data or missing required parameter values'],
  4005: [400, 'Operation could not be performed due to low credits balance'],
  4016: [401, 'Invalid client authorization'],
  4031: [403, 'Unauthorized access'],
  4035: [403, 'Requested service is not provisioned for your account'],
  4039: [403, "Client's IP address is not whitelisted"],
  4291: [429, 'Maximum account rate limit exceeded'],
  4292: [429, 'Maximum API rate limit exceeded'],
  4293: [429, 'Maximum account daily limit exceeded'],
  4294: [429, 'Maximum API daily limit exceeded'],
  5001: [500, 'Request could not be processed'],
};

/** Expects an answer to be this error and nothing else. */
export function expectError({ status, body }: Reply, code: number, details?: unknown): void {
  const [httpStatusCode, message] = ERRORS[code] ?? [];
  const more = details === undefined ? {} : { details };
  expect(body).toEqual({ httpStatusCode, code, message, appError: true, ...more });
  expect(status).toBe(httpStatusCode);
}

/** Calls the Attestr dialect as a company with a key pair. */
export interface AttestrScene {
  service: Service;
  company: KeyedCompany;
  call: (method: string, path: string, options?: CallOptions) => Promise<Reply>;
  /** Registers a consent and returns its id. */
  register: (more?: Record<string, unknown>, options?: CallOptions) => Promise<string>;
  revoke: (id: string, options?: CallOptions) => Promise<Reply>;
}

/** Starts the API with a company in it. */
export async function openAttestr(settings: Record<string, string> = {}): Promise<AttestrScene> {
  const service = await startService(testConfig({ TRUST_PROXY: '1', ...settings }));
  const company = await makeKeyedCompany(service.ctx);
  const call: AttestrScene['call'] = (method, path, { headers, ...more } = {}) =>
    service.call(method, PREFIX + path, { headers: { ...company.attestr, ...headers }, ...more });
  return {
    service,
    company,
    call,
    register: async (more = {}, options = {}) => {
      const { status, body } = await call('POST', '/consent', {
        body: { ...TERMS, ...more },
        ...options,
      });
      expect(status).toBe(200);
      return body._id as string;
    },
    revoke: (id, options) => call('POST', `/consent/${id}/revoke`, options),
  };
}
