import { admit, answerCheck, type CheckCall } from '../../../src/core/verification/decide';
import type { CheckedCertificate } from '../../../src/store/certificates';
import type { Company } from '../../../src/store/companies';
import { CALLER, CONSENT } from '../../helpers/company';

const OWN = 'comp-own';
const OTHER = 'comp-other';
const GIVEN = new Date('2026-03-18T10:30:00Z');

const company = (id: string, more: Partial<Company> = {}) => ({ _id: id, ...more }) as Company;
const allowing = (...ids: string[]) =>
  company(OTHER, { third_party_verification_enabled: true, authorized_third_parties: ids });

function ask({
  of = OWN,
  from,
  originator,
  mode = 'match',
  text = CONSENT,
  ...more
}: {
  /** Whose certificate it is. */
  of?: string;
  /** The originator that is named. */
  from?: string;
  originator?: Company;
  mode?: CheckCall['mode'];
  text?: string;
} & Partial<CheckedCertificate> = {}) {
  const consents = [
    { type: 'terms', text: 'I accept the terms.', given_at: new Date(0) },
    { type: 'tcpa', text: CONSENT, given_at: GIVEN },
    { type: 'tcpa', text: 'once more', given_at: GIVEN },
  ];
  const certificate = {
    _id: 'EC-1',
    company_id: of,
    origin: 'https://example.com',
    consents,
    opt_out: { revoke: false },
    data: 'full',
    ...more,
  } as CheckedCertificate;
  const known = { certificateId: 'EC-1', company: company(OWN), caller: CALLER, election: 1 };
  const call = { ...known, mode, text, originatorCompanyId: from };
  const admitted = admit(call, {
    certificates: new Map([['EC-1', certificate]]),
    companies: new Map(originator ? [[originator._id, originator]] : []),
  });
  return answerCheck(call, admitted, consents);
}

const REVOKED = { opt_out: { revoke: true } as CheckedCertificate['opt_out'] };

test('the answer says which consent, of which kinds, and whose certificate', () => {
  expect(ask()).toEqual({
    valid: true,
    consent_opt_in: GIVEN.toISOString(),
    origin: 'https://example.com',
    consent_types: ['terms', 'tcpa'],
    verification_type: 'first_party',
  });
  expect(ask({ text: 'nothing' })).toMatchObject({ valid: false, consent_opt_in: null });
});

test('only a match of all words says which kinds there are', () => {
  expect(ask({ mode: 'partial-match', text: 'RECEIVE calls' })).toEqual({
    valid: true,
    consent_opt_in: GIVEN.toISOString(),
    origin: 'https://example.com',
    verification_type: 'first_party',
  });
});

test('a company that names itself is no third party', () => {
  expect(ask({ from: OWN }).verification_type).toBe('first_party');
});

test('a third party needs both: that it is enabled, and to be on the list', () => {
  const third = { of: OTHER, from: OTHER };
  expect(ask({ ...third, originator: allowing(OWN) }).verification_type).toBe('third_party');
  const refused = expect.objectContaining({ code: 'third_party_refused' });
  expect(() => ask(third)).toThrow(refused);
  expect(() => ask({ ...third, originator: allowing('comp-x') })).toThrow(refused);
  const disabled = { ...allowing(OWN), third_party_verification_enabled: false };
  expect(() => ask({ ...third, originator: disabled })).toThrow(refused);
});

test('a third party is refused before anything is said of the certificate', () => {
  const refused = expect.objectContaining({ code: 'third_party_refused' });
  expect(() => ask({ ...REVOKED, from: OTHER })).toThrow(refused);
});

test.each([
  ['of another company', { of: OTHER }, 'certificate_not_found'],
  ['of another company, revoked', { of: OTHER, ...REVOKED }, 'certificate_not_found'],
  [
    'of the caller, asked as if of another',
    { from: OTHER, originator: allowing(OWN) },
    'certificate_not_found',
  ],
  ['revoked', REVOKED, 'opted_out'],
  ['revoked and removed', { ...REVOKED, data: 'removed' }, 'opted_out'],
  ['removed', { data: 'removed' }, 'certificate_not_found'],
] as const)('a certificate %s is refused', (_, asked, code) => {
  expect(() => ask(asked)).toThrow(expect.objectContaining({ code }));
});

test('an anonymised certificate still proves its consents', () => {
  expect(ask({ data: 'anonymised' }).valid).toBe(true);
});
