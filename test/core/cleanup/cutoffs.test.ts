import { isCertificateDue, isRecordingDue, cutoffsOf } from '../../../src/core/cleanup/cutoffs';
import type { CleaningHead } from '../../../src/store/certificate-cleaning';

const NOW = new Date('2026-06-30T12:00:00.000Z');
const POLICY = {
  action: 'delete',
  after_days: 0,
  session_days: 90,
  certificate_days: 365,
} as const;
const cutoffs = cutoffsOf(POLICY, NOW)!;

function at(text: string): Date {
  return new Date(text);
}

function head(change: Partial<CleaningHead> = {}): CleaningHead {
  return {
    _id: 'EC-1',
    session_id: '1',
    email_hash: null,
    mobile_hash: null,
    created_at: at('2020-01-01T00:00:00.000Z'),
    retained_until: null,
    session_retained_until: null,
    retention_requests: 0,
    data: 'full',
    ...change,
  };
}

test('keep has no cutoffs', () => {
  expect(cutoffsOf({ ...POLICY, action: 'keep' }, NOW)).toBeNull();
});

test('a certificate is due from the very millisecond that the policy says', () => {
  const due = (created: string) => isCertificateDue(head({ created_at: at(created) }), cutoffs);
  expect(due('2025-06-30T12:00:00.000Z')).toBe(true);
  expect(due('2025-06-30T12:00:00.001Z')).toBe(false);
});

test('so is a recording', () => {
  expect(isRecordingDue(head(), at('2026-04-01T12:00:00.000Z'), cutoffs)).toBe(true);
  expect(isRecordingDue(head(), at('2026-04-01T12:00:00.001Z'), cutoffs)).toBe(false);
});

test('zero days means at once', () => {
  const atOnce = cutoffsOf({ ...POLICY, session_days: 0, certificate_days: 0 }, NOW)!;
  expect(isCertificateDue(head({ created_at: NOW }), atOnce)).toBe(true);
  expect(isRecordingDue(head(), NOW, atOnce)).toBe(true);
});

test('a paid retention holds until its last millisecond', () => {
  const soon = at('2026-06-30T12:00:00.001Z');
  expect(isCertificateDue(head({ retained_until: soon }), cutoffs)).toBe(false);
  expect(isCertificateDue(head({ retained_until: NOW }), cutoffs)).toBe(true);
  expect(isRecordingDue(head({ session_retained_until: soon }), NOW, cutoffs)).toBe(false);
  const old = at('2026-01-01T00:00:00.000Z');
  expect(isRecordingDue(head({ session_retained_until: soon }), old, cutoffs)).toBe(false);
  expect(isRecordingDue(head({ session_retained_until: NOW }), old, cutoffs)).toBe(true);
  expect(isRecordingDue(head({ retained_until: soon }), old, cutoffs)).toBe(true);
});

test('a certificate waits for its recording if that is paid for', () => {
  const soon = at('2026-06-30T12:00:00.001Z');
  expect(isCertificateDue(head({ session_retained_until: soon }), cutoffs)).toBe(false);
});

test.each([
  ['anonymise', [true, false, false]],
  ['delete', [true, true, false]],
  ['archive', [true, true, false]],
] as const)('%s cleans only what there is still something to do about', (action, expected) => {
  const of = cutoffsOf({ ...POLICY, action }, NOW)!;
  const states = ['full', 'anonymised', 'removed'] as const;
  expect(states.map((data) => isCertificateDue(head({ data }), of))).toEqual(expected);
});
