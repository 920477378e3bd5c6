import { createToken } from '../../../src/core/credentials/create-token';
import { makeLink } from '../../../src/core/portal/one-click';
import { CALLER, CONSENT, makeCertificate, makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { basic, type KeyedCompany, makeKeyedCompany } from '../key-pair';

/** A service with one of everything in it, and the ids by which calls reach it. */
export interface OpenapiScene {
  service: Service;
  company: KeyedCompany;
  /** Existing values of parameters and fields, by name; several of each, to tell calls apart. */
  known: Record<string, string[]>;
  /** The credentials for a tag. */
  credentials: Record<string, Record<string, string>>;
}

/** Starts the API, and makes a company and one of each thing that can be asked for. */
export async function openScene(): Promise<OpenapiScene> {
  const service = await startService(testConfig({ TRUST_PROXY: '1' }));
  const { ctx } = service;
  const company = await makeKeyedCompany(ctx);
  // The operator's calls change things, which must not get in the way of other calls.
  const other = await makeCompany(ctx);
  const email = 'ann@example.com';
  const certificates = await Promise.all(
    [1, 2, 3].map(() => makeCertificate(ctx, company, { email })),
  );
  const token = await createToken({
    ctx,
    companyId: other.id,
    caller: CALLER,
    input: { label: 'to be revoked' },
  });
  const made = await makeThroughApi(service, company, certificates[2]!.id);
  const link = makeLink({
    ctx,
    companyId: company.id,
    identifier: { kind: 'email', value: email },
  });
  return {
    service,
    company,
    known: {
      company_id: [company.id],
      'operator company_id': [other.id],
      property_id: [company.propertyId],
      certificate_id: certificates.map(({ id }) => id),
      session_id: certificates.map(({ sessionId }) => sessionId),
      token_id: [token.token_id],
      token: [link],
      consent: [CONSENT],
      term: ['receive calls'],
      email: [email],
      mobile: ['(415) 555-0100'],
      amount_usd: ['25.00'],
      'List-Unsubscribe': ['One-Click'],
      ...made,
    },
    credentials: {
      eConsent: { authorization: `Bearer ${company.token}` },
      Portal: { authorization: `Bearer ${company.token}` },
      Operator: { authorization: `Bearer ${ctx.config.operatorToken}` },
      Attestr: company.attestr,
      Baanx: company.baanx,
      Service: {},
    },
  };
}

/** Credentials that are well-formed but nobody's. */
export const WRONG: OpenapiScene['credentials'] = {
  eConsent: { authorization: 'Bearer rescind_tok_nobody' },
  Portal: { authorization: 'Bearer rescind_tok_nobody' },
  Operator: { authorization: 'Bearer nobody' },
  Attestr: { authorization: basic('nobody', 'nothing') },
  Baanx: { 'x-client-key': 'nobody', 'x-secret-key': 'nothing' },
  Service: {},
};

async function makeThroughApi(
  { post, call }: Service,
  company: KeyedCompany,
  certificateId: string,
): Promise<Record<string, string[]>> {
  const bulk = await post(
    '/revocations/bulk',
    { certificate_ids: [certificateId] },
    { token: company.token },
  );
  const consent = await call('POST', '/api/v3/public/consent', {
    headers: company.attestr,
    body: { subject: { email: 'ann@example.com' }, purposes: ['kyc'], text: CONSENT },
  });
  const set = await call('POST', '/v2/consent/consentSet', {
    headers: company.baanx,
    body: {
      userId: 'user_1',
      policy: 'global',
      consents: [{ consentType: 'termsAndPrivacy', consentStatus: 'granted' }],
    },
  });
  const hooks = await Promise.all(
    [1, 2].map(() => {
      // Nothing that happens in these tests.
      const endpoint = { url: 'https://example.com/hook', events: ['wallet.low_balance'] };
      return post('/webhooks/endpoints', endpoint, { token: company.token });
    }),
  );
  return {
    endpoint_id: hooks.map(({ body }) => body.endpoint_id as string),
    batch_id: [bulk.body.batch_id],
    _id: [consent.body._id],
    consentSetId: [set.body.consentSetId],
    consentId: [set.body.consents[0].consentId],
    userId: ['user_1'],
  };
}
