import { isCertificateDue, isRecordingDue, cutoffsOf } from '../../../src/core/cleanup/cutoffs';
import type { CleaningHead } from '../../../src/store/certificate-cleaning';

const NOW = new Date('2026-06-30T12:00:00.000Z');
const POLICY = {
  action: 'delete',
  after_days: 0,
  session_days: 90,
  certificate_days: 365,
} as const;
const terms = cutoffsOf(POLICY, NOW)!;

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

test('keep has no terms', () => {
  expect(cutoffsOf({ ...POLICY, action: 'keep' }, NOW)).toBeNull();
});

test('a certificate is due from the millisecond on at which it is as old as the policy says', () => {
  const due = (created: string) => isCertificateDue(head({ created_at: at(created) }), terms);
  expect(due('2025-06-30T12:00:00.000Z')).toBe(true);
  expect(due('2025-06-30T12:00:00.001Z')).toBe(false);
});

test('so is a recording', () => {
  expect(isRecordingDue(head(), at('2026-04-01T12:00:00.000Z'), terms)).toBe(true);
  expect(isRecordingDue(head(), at('2026-04-01T12:00:00.001Z'), terms)).toBe(false);
});

test('zero days: at once', () => {
  const atOnce = cutoffsOf({ ...POLICY, session_days: 0, certificate_days: 0 }, NOW)!;
  expect(isCertificateDue(head({ created_at: NOW }), atOnce)).toBe(true);
  expect(isRecordingDue(head(), NOW, atOnce)).toBe(true);
});

test('a paid retention keeps until its last moment', () => {
  const soon = at('2026-06-30T12:00:00.001Z');
  expect(isCertificateDue(head({ retained_until: soon }), terms)).toBe(false);
  expect(isCertificateDue(head({ retained_until: NOW }), terms)).toBe(true);
  expect(isRecordingDue(head({ session_retained_until: soon }), NOW, terms)).toBe(false);
  const old = at('2026-01-01T00:00:00.000Z');
  expect(isRecordingDue(head({ session_retained_until: soon }), old, terms)).toBe(false);
  expect(isRecordingDue(head({ session_retained_until: NOW }), old, terms)).toBe(true);
  expect(isRecordingDue(head({ retained_until: soon }), old, terms)).toBe(true);
});

test('a certificate waits for the recording that is paid for', () => {
  const soon = at('2026-06-30T12:00:00.001Z');
  expect(isCertificateDue(head({ session_retained_until: soon }), terms)).toBe(false);
});

test.each([
  ['anonymise', [true, false, false]],
  ['delete', [true, true, false]],
  ['archive', [true, true, false]],
] as const)('%s cleans what it can still do something about', (action, expected) => {
  const of = cutoffsOf({ ...POLICY, action }, NOW)!;
  const states = ['full', 'anonymised', 'removed'] as const;
  expect(states.map((data) => isCertificateDue(head({ data }), of))).toEqual(expected);
});
