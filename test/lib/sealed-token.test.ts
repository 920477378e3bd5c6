import { openToken, sealToken } from '../../src/lib/sealed-token';

const KEYS = ['first-key-of-22-characters'] as const;
const ROTATED = ['newer-key-of-22-characters', ...KEYS] as const;

afterEach(() => jest.useRealTimers());

test('opens what it sealed, even after the key was rotated', () => {
  const token = sealToken(KEYS, 'form', { email: 'a@example.com' }, 1_000);
  expect(openToken(KEYS, 'form', token)).toEqual({ email: 'a@example.com' });
  expect(openToken(ROTATED, 'form', token)).toEqual({ email: 'a@example.com' });
});

test('reveals nothing of its content, and differs each time', () => {
  const [one, two] = [1, 2].map(() => sealToken(KEYS, 'form', 'a@example.com', 1_000));
  expect(Buffer.from(one!, 'base64url').toString('latin1')).not.toContain('example');
  expect(one).not.toBe(two);
});

test('opens nothing that was altered, or sealed for another purpose or with another key', () => {
  const token = sealToken(KEYS, 'form', 'value', 1_000);
  const bytes = Buffer.from(token, 'base64url');
  for (const i of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(i) ^ 1, i);
    expect(openToken(KEYS, 'form', changed.toString('base64url'))).toBeNull();
  }
  expect(openToken(KEYS, 'one-click', token)).toBeNull();
  expect(openToken(['other-key-of-22-characters'], 'form', token)).toBeNull();
  for (const none of ['', 'x', token.slice(0, 40)])
    expect(openToken(KEYS, 'form', none)).toBeNull();
});

test('expires, unless it was sealed for ever', () => {
  const token = sealToken(KEYS, 'form', 'value', 1_000);
  const lasting = sealToken(KEYS, 'form', 'value', null);
  jest.useFakeTimers({ now: Date.now() + 1_001 });
  expect(openToken(KEYS, 'form', token)).toBeNull();
  expect(openToken(KEYS, 'form', lasting)).toBe('value');
});
