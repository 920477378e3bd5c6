import { openToken, sealToken } from '../../src/lib/sealed-token';

const KEYS = ['first-key-of-22-characters'] as const;
const ROTATED = ['newer-key-of-22-characters', ...KEYS] as const;

const NOW = new Date();
const UNTIL = new Date(NOW.getTime() + 1_000);

test('opens what it sealed, even after the key was rotated', () => {
  const token = sealToken(KEYS, 'form', { email: 'a@example.com' }, UNTIL);
  expect(openToken(KEYS, 'form', token, NOW)).toEqual({ email: 'a@example.com' });
  expect(openToken(ROTATED, 'form', token, NOW)).toEqual({ email: 'a@example.com' });
});

test('reveals nothing of its content, and differs each time', () => {
  const [one, two] = [1, 2].map(() => sealToken(KEYS, 'form', 'a@example.com', UNTIL));
  expect(Buffer.from(one!, 'base64url').toString('latin1')).not.toContain('example');
  expect(one).not.toBe(two);
});

test('opens nothing that was altered, or sealed for another purpose or with another key', () => {
  const token = sealToken(KEYS, 'form', 'value', UNTIL);
  const bytes = Buffer.from(token, 'base64url');
  for (const i of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(i) ^ 1, i);
    expect(openToken(KEYS, 'form', changed.toString('base64url'), NOW)).toBeNull();
  }
  expect(openToken(KEYS, 'one-click', token, NOW)).toBeNull();
  expect(openToken(['other-key-of-22-characters'], 'form', token, NOW)).toBeNull();
  for (const none of ['', 'x', token.slice(0, 40)])
    expect(openToken(KEYS, 'form', none, NOW)).toBeNull();
});

test('expires, unless it was sealed for ever', () => {
  const token = sealToken(KEYS, 'form', 'value', UNTIL);
  const lasting = sealToken(KEYS, 'form', 'value', null);
  expect(openToken(KEYS, 'form', token, UNTIL)).toBeNull();
  expect(openToken(KEYS, 'form', lasting, UNTIL)).toBe('value');
});
