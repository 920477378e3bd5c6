import {
  bulkBatchId,
  idHex,
  idUuid,
  revocationId,
} from '../../../src/core/idempotency/operation-ids';

const operation = { companyId: 'comp-1', operationId: 'op_1' };
const others = [
  { companyId: 'comp-2', operationId: 'op_1' },
  { companyId: 'comp-1', operationId: 'op_2' },
];
const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const KINDS: [string, (of: typeof operation) => string, RegExp][] = [
  ['a revocation', (of) => revocationId(of, 0), /^rev_/],
  ['its second part', (of) => revocationId(of, 1), /^rev_/],
  ['a bulk batch', bulkBatchId, /^bat_/],
  ['a hexadecimal id', (of) => idHex(of, 'consent'), /^[0-9a-f]{32}$/],
  ['another one', (of) => idHex(of, 'event'), /^[0-9a-f]{32}$/],
  ['a UUID', (of) => idUuid(of, 'consent'), UUID_V8],
];

test.each(KINDS)(
  '%s is the same at every try of its operation, and of no other',
  (_, make, form) => {
    const id = make(operation);
    expect(id).toMatch(form);
    expect(make({ ...operation })).toBe(id);
    for (const other of others) expect(make(other)).not.toBe(id);
  },
);

test.each(KINDS)('%s that nobody can ask for again is new each time', (_, make, form) => {
  const once = () => make({ companyId: 'comp-1' } as typeof operation);
  expect(once()).toMatch(form);
  expect(once()).not.toBe(once());
});

test('what is made within one operation has ids of its own', () => {
  const ids = KINDS.map(([, make]) => make(operation));
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(['op_1', 'op_2', 'op_3', 'op_4', 'op_5', 'op_6'])(
  'a UUID keeps all the bits that its version leaves (%s)',
  (operationId) => {
    const hex = idHex({ ...operation, operationId }, 'consent');
    const plain = idUuid({ ...operation, operationId }, 'consent').replaceAll('-', '');
    for (let i = 0; i < hex.length; i++) {
      if (i !== 12 && i !== 16) expect(plain[i]).toBe(hex[i]);
    }
    const low = (digit: string) => parseInt(digit, 16) & 0x3;
    expect(low(plain[16]!)).toBe(low(hex[16]!));
  },
);
