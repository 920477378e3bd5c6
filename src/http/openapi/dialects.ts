import type { z } from 'zod';
import { attestrError } from '../attestr/answers';
import { baanxError } from '../baanx/answers';
import { econsentError } from '../econsent/answers';
import type { Declared, RequestHeaders } from '../operation';
import { REGION_HEADER } from '../region';

/** Security requirements: all schemes within an object, any one object of the list. */
type Security = Record<string, string[]>[];

/** What the calls of a dialect have in common. */
export interface Dialect {
  tag: string;
  description: string;
  security: Security;
  /** For calls that work without the credentials above. */
  optionalSecurity?: Security;
  error: z.ZodType;
  /** Statuses of the refusals that a call can get, besides those that it names itself. */
  refusals: (route: Declared) => number[];
  /** When a status is answered, where that is not as `MEANINGS` says. */
  meanings?: Record<number, string>;
  /** Whether its calls are a company's, which pays for some of them. */
  paid?: boolean;
  /** Further prefixes under which every path is served. */
  otherPrefixes?: string[];
  /** Headers that every call may carry. */
  headers?: RequestHeaders;
}

/** Whether an Idempotency-Key is kept for a call. */
export function takesKey({ method }: Declared): boolean {
  return method === 'post' || method === 'delete';
}

const ALWAYS = [400, 429, 500, 503];
const withKey = (route: Declared): number[] => (takesKey(route) ? [409, 422] : []);
const withJson = ({ body, bodyTypes }: Declared): number[] =>
  body && !bodyTypes ? [413, 415] : [];
const withParams = ({ path }: Declared): number[] => (path.includes('/:') ? [404] : []);
const common = (route: Declared): number[] => [
  ...ALWAYS,
  ...withKey(route),
  ...withJson(route),
  ...withParams(route),
];

/** When every call that answers a status does so. */
export const MEANINGS: Record<number, string> = {
  400: 'Something in the request is missing or wrong; `details` names it.',
  401: 'The credentials are missing, wrong, expired or revoked.',
  403: "The credentials are good, but not for this: the body names another company, the token lacks the scope, the IP is not on the company's allowlist, or the company does not have this service.",
  404: 'What the path names does not exist.',
  409: 'The first call with this Idempotency-Key is still running.',
  413: 'The body is too large.',
  415: 'The body is not JSON in UTF-8, or is compressed in another way than gzip, deflate or br.',
  422: 'This Idempotency-Key was used with another request.',
  429: 'A limit is reached; `Retry-After` says how many seconds to wait.',
  431: 'The headers are over 16 KiB.',
  500: 'A fault of the service. Try again later, and tell the operator if it stays.',
  503: 'A part of the service does not answer. Try again after `Retry-After` seconds, under the same Idempotency-Key.',
};

const econsentRefusals = (route: Declared): number[] => [
  ...(route.operation.credentials === 'none' ? [] : [401, 403]),
  ...common(route),
];

export const ECONSENT: Dialect = {
  tag: 'eConsent',
  description:
    'Verify consent, withdraw it, and prove both. Every path is also served under /api. Companies send their Bearer token; the /verify calls also accept company_id and property_id in the body instead.',
  security: [{ companyToken: [] }],
  optionalSecurity: [{ companyToken: [] }, {}],
  error: econsentError,
  refusals: econsentRefusals,
  otherPrefixes: ['/api'],
  paid: true,
};

export const PORTAL: Dialect = {
  ...ECONSENT,
  tag: 'Portal',
  description: 'Links that let consumers withdraw consent without entering anything (RFC 8058).',
};

export const OPERATOR: Dialect = {
  tag: 'Operator',
  description:
    'Companies, their credentials, money and legal holds, and operators, for those who run the service.',
  security: [{ operatorToken: [] }],
  error: econsentError,
  refusals: (route) => [401, ...common(route)],
};

export const ATTESTR: Dialect = {
  tag: 'Attestr',
  description: 'Consents, in the words of Attestr. The numeric `code` tells refusals apart.',
  security: [{ attestrKeyPair: [] }],
  error: attestrError,
  refusals: (route) => [400, 401, 403, 429, 500, ...withKey(route)],
  meanings: {
    400: 'Code 4001: something in the request is missing or wrong; `details` names it.',
    401: 'Code 4016: the key pair is missing, wrong, expired or revoked.',
    403: "Code 4039: the IP is not on the company's allowlist; 4035: the company does not have this service.",
    429: 'Codes 4291 to 4294: a limit of the account or of this call, per second or per day, is reached.',
    500: 'Code 5001: a fault of the service, or a part of it does not answer. Try again, under the same Idempotency-Key.',
  },
  paid: true,
};

export const BAANX: Dialect = {
  tag: 'Baanx',
  description:
    'Consent sets, in the words of Baanx. 498: wrong key pair; 499: no key pair. `x-us-env: true` selects the US region.',
  security: [{ baanxClientKey: [], baanxSecretKey: [] }],
  error: baanxError,
  refusals: (route) => [403, 498, 499, ...common(route)],
  meanings: {
    403: "The IP is not on the company's allowlist, or the company does not have this service.",
    404: "What the path names does not exist in this region, or is another company's.",
    498: 'The key pair is wrong, expired or revoked.',
    499: '`x-client-key` or `x-secret-key` is missing.',
  },
  paid: true,
  headers: REGION_HEADER,
};

export const SERVICE: Dialect = {
  tag: 'Service',
  description: 'The health of the service. Open to everyone; never about a company or a person.',
  security: [],
  error: econsentError,
  // Nothing else of a request without body or parameters can be wrong.
  refusals: () => [431, 500],
};

export const PROOF: Dialect = {
  tag: 'Proof',
  description:
    'The log by which the service proves what it recorded. Open to everyone: hashes and signatures, never what they are of.',
  security: [],
  error: econsentError,
  refusals: () => [431, 500, 503],
};

/** The security schemes that the dialects name. */
export const SECURITY_SCHEMES = {
  companyToken: {
    type: 'http',
    scheme: 'bearer',
    description: "A company's token. Each call names the scope that it needs; without it: 403.",
  },
  operatorToken: { type: 'http', scheme: 'bearer', description: 'OPERATOR_TOKEN of the service.' },
  attestrKeyPair: {
    type: 'http',
    scheme: 'basic',
    description: 'base64(`client_key:secret_key`).',
  },
  baanxClientKey: { type: 'apiKey', in: 'header', name: 'x-client-key' },
  baanxSecretKey: { type: 'apiKey', in: 'header', name: 'x-secret-key' },
};
