import { newestVersions, statusOf, toConsentSet } from '../../../src/core/consents/effective';
import type { ConsentRecord } from '../../../src/store/consents';

let ids = 0;

/** A version of a user's consent, by default granted in a set under the global policy. */
function record(
  type: string,
  more: Partial<ConsentRecord> & { policy?: 'global' | 'US' } = {},
): ConsentRecord {
  const { policy = 'global', ...rest } = more;
  return {
    _id: `v-${String(++ids)}`,
    consent_id: type,
    version: 0,
    status: 'granted',
    set: { id: 'set-1', user_id: 'user-1', policy, type, position: 0 },
    ...rest,
  } as ConsentRecord;
}

const TERMS = 'termsAndPrivacy';
const SIGN = 'eSignAct';

test.each([
  ['nothing', [], 'incomplete'],
  ['the terms', [record(TERMS)], 'complete'],
  ['another kind only', [record('marketingNotifications')], 'incomplete'],
  ['terms that were denied', [record(TERMS, { status: 'denied' })], 'incomplete'],
  ['terms that were revoked', [record(TERMS, { status: 'revoked' })], 'incomplete'],
  ['the terms in the US', [record(TERMS, { policy: 'US' })], 'incomplete'],
  ['the other one in the US', [record(SIGN, { policy: 'US' })], 'incomplete'],
  ['both in the US', [record(TERMS, { policy: 'US' }), record(SIGN, { policy: 'US' })], 'complete'],
  [
    'both in the US, one revoked',
    [record(TERMS, { policy: 'US' }), record(SIGN, { policy: 'US', status: 'revoked' })],
    'incomplete',
  ],
] as const)('%s: %#', (_, records, status) => {
  expect(statusOf([...records])).toBe(status);
});

test('of each consent the newest version counts, wherever it stands', () => {
  const [first, second, third] = [0, 1, 2].map((version) => record(TERMS, { version })) as [
    ConsentRecord,
    ConsentRecord,
    ConsentRecord,
  ];
  const other = record(SIGN);
  expect(newestVersions([first, other, third, second])).toEqual([third, other]);
  expect(newestVersions([third, second, first])).toEqual([third]);
});

test('a set is what its newest versions make it', () => {
  const revoked = record(TERMS, { version: 1, status: 'revoked' });
  const set = toConsentSet([record(TERMS), record(SIGN), revoked]);
  expect(set).toMatchObject({ id: 'set-1', user_id: 'user-1', policy: 'global' });
  expect(set?.status).toBe('incomplete');
  expect(set?.consents.map(({ version }) => version)).toEqual([1, 0]);
  expect(toConsentSet([])).toBeNull();
  expect(toConsentSet([record(TERMS, { set: null })])).toBeNull();
});
