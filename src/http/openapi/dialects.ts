import type { z } from 'zod';
import { attestrError } from '../attestr/answers';
import { baanxError } from '../baanx/answers';
import { econsentError } from '../econsent/answers';
import type { Declared } from '../operation';

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
  /** Further prefixes under which every path is served. */
  otherPrefixes?: string[];
  /** Headers that every call may carry. */
  headers?: Record<string, { description: string; schema: object }>;
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

const econsentRefusals = (route: Declared): number[] => [401, 403, ...common(route)];

export const ECONSENT: Dialect = {
  tag: 'eConsent',
  description:
    'Verify consent, withdraw it, and prove both. Every path is also served under /api. Companies send their Bearer token; the /verify calls also accept company_id and property_id in the body instead.',
  security: [{ companyToken: [] }],
  optionalSecurity: [{ companyToken: [] }, {}],
  error: econsentError,
  refusals: econsentRefusals,
  otherPrefixes: ['/api'],
};

export const PORTAL: Dialect = {
  ...ECONSENT,
  tag: 'Portal',
  description: 'Links that let consumers withdraw consent without entering anything (RFC 8058).',
};

export const OPERATOR: Dialect = {
  tag: 'Operator',
  description:
    'Companies, their credentials, money and legal holds, for those who run the service.',
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
};

export const BAANX: Dialect = {
  tag: 'Baanx',
  description:
    'Consent sets, in the words of Baanx. 498: wrong key pair; 499: no key pair. `x-us-env: true` selects the US region.',
  security: [{ baanxClientKey: [], baanxSecretKey: [] }],
  error: baanxError,
  refusals: (route) => [403, 498, 499, ...common(route)],
  headers: {
    'x-us-env': {
      description: '`true` for the US region, which shares no data with the default one.',
      schema: { type: 'string', enum: ['true', 'false'] },
    },
  },
};

export const SERVICE: Dialect = {
  tag: 'Service',
  description: 'The health of the service. Open to everyone; never about a company or a person.',
  security: [],
  error: econsentError,
  refusals: () => [500],
};

/** The security schemes that the dialects name. */
export const SECURITY_SCHEMES = {
  companyToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      "A company's token. Each call names the scope that the token needs; without it: 403.",
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
