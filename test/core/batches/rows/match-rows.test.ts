import { type Claim, Claimed } from '../../../../src/core/batches/rows/claims';
import type { JudgedRow } from '../../../../src/core/batches/rows/judge-row';
import { matchRows, tally } from '../../../../src/core/batches/rows/match-rows';
import type { NamedCertificate } from '../../../../src/store/certificate-revoking';

const row = (line: number): JudgedRow => ({
  end: { offset: 0, line },
  active: false,
  ids: [],
  email_hashes: ['hash'],
  mobile_hashes: [],
  remembered: [],
  channels: undefined,
  unread_channels: false,
  errors: [],
  named: { line, column: 'email', value: 'ann@example.com' },
});
const among =
  (ids: string[]) =>
  ({ certificate: { _id } }: Claim): boolean =>
    ids.includes(_id);
const certificate = (_id: string) => ({ _id }) as NamedCertificate;

test.each([
  ['revoked', ['new']],
  ['revoked', ['new', 'old']],
  ['already_revoked', []],
])('a row with a revoked and a live certificate is %s when the batch flagged %j', (outcome, by) => {
  const named = [[certificate('old'), certificate('new')]];
  const matched = matchRows([row(2)], named, new Claimed());
  const { counts, claims } = tally([row(2)], matched, among(by));
  expect(counts).toMatchObject({ [outcome]: 1 });
  expect(claims.map(({ id }) => id)).toEqual(['old', 'new'].filter((id) => !by.includes(id)));
});

test('a certificate is the first row’s that names it; a row with another one has that', () => {
  const named = [[certificate('a')], [certificate('a'), certificate('b')], [certificate('b')]];
  const rows = [row(2), row(3), row(4)];
  const matched = matchRows(rows, named, new Claimed());
  const { counts, errors } = tally(rows, matched, among(['a', 'b']));
  expect(counts).toMatchObject({ revoked: 2, duplicate: 1 });
  expect(errors).toEqual([{ ...row(4).named, reason: 'duplicate' }]);
});
