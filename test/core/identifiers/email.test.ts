import { normalizeEmail, olderEmails } from '../../../src/core/identifiers/email';

const A = 'a@x.example';

describe('what stands for one address', () => {
  test.each([
    // As typed.
    ['a@x.example', A],
    [' a@x.example ', A],
    ['\ta@x.example\r\n', A],
    ['\u00a0a@x.example\u3000', A],
    ['A@X.EXAMPLE', A],
    ['a @ x.example', A],
    ['a@ x.example', A],
    ['a@x.example.', A],
    ['a@x.example..', A],
    // Invisible characters.
    ['\ufeffa@x.example', A],
    ['a\u200b@x.example', A],
    ['a@x\u200d.example', A],
    ['a@x.exa\u00admple', A],
    ['\u202aa@x.example\u202c', A],
    ['\u2066a@x.example\u2069', A],
    ['a@x.example\u200e', A],
    ['a\u2060@x.example', A],
    ['a\ufe0f@x.example', A],
    ['a\u{e0101}@x.example', A],
    ['a\u{e0061}@x.example', A],
    ['a\u034f@x.example', A],
    ['a\u061c@x.example', A],
    ['a\u180e@x.example', A],
    // What stands around it.
    ['<a@x.example>', A],
    ['(a@x.example)', A],
    ['[a@x.example]', A],
    ['{a@x.example}', A],
    ['((a@x.example))', A],
    ['<<a@x.example>>', A],
    ['a@x.example>', A],
    ['(a@x.example', A],
    ['a@x.example)', A],
    ['a@x.example;', A],
    ['a@x.example,', A],
    [';a@x.example; ', A],
    ['a@x.example:', A],
    ['a@x.example!', A],
    ["'a@x.example", A],
    ["'a@x.example'", A],
    ["''a@x.example''", A],
    ['"a@x.example"', A],
    ['“a@x.example”', A],
    ['„a@x.example“', A],
    ['«a@x.example»', A],
    ['`a@x.example`', A],
    ['=""a@x.example""', A],
    ['="a@x.example"', A],
    // RFC 5322 names and comments.
    ['Ann <a@x.example>', A],
    ['"Doe, Ann" <a@x.example>', A],
    ['"Ann (work)" <a@x.example>', A],
    ['a@x.example (Ann)', A],
    ['(Ann) a@x.example', A],
    ['a@x.example <a@x.example>', A],
    ['other@y.example <a@x.example>', A],
    ['Ann <a@x.example>;', A],
    // RFC 6068.
    ['mailto:a@x.example', A],
    ['MAILTO:a@x.example?subject=Hi', A],
    ['mailto:%61@x.example', A],
    ['mailto:a%40x.example', A],
    ['mailto://a@x.example', A],
    ['<mailto:a@x.example>', A],
    ['a@x.example<mailto:a@x.example>', A],
    ['smtp:a@x.example', A],
    // RFC 5321, 4.1.2: quotes that are not needed.
    ['"a"@x.example', A],
    ['"\\a"@x.example', A],
    // Width, and the full stops of UTS 46.
    ['ａ＠ｘ．ｅｘａｍｐｌｅ', A],
    ['a@x。example', A],
    ['a@x｡example', A],
    ['a@ｘ.example', A],
  ])('%j', (text, email) => {
    expect(normalizeEmail(text)).toBe(email);
  });
});

describe('what has a form of its own', () => {
  test.each([
    // Domains, by UTS 46 without transitional processing.
    ['zoe@bücher.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@BÜCHER.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@bu\u0308cher.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@xn--bcher-kva.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@XN--BCHER-KVA.example', 'zoe@xn--bcher-kva.example'],
    ['a@faß.example', 'a@xn--fa-hia.example'],
    ['a@fass.example', 'a@fass.example'],
    ['a@例え.テスト', 'a@xn--r8jz45g.xn--zckzah'],
    ['a@☃.example', 'a@xn--n3h.example'],
    // Local parts.
    ['user+tag@x.example', 'user+tag@x.example'],
    ['first.last@x.example', 'first.last@x.example'],
    ['.a@x.example', '.a@x.example'],
    ['a..b@x.example', 'a..b@x.example'],
    ["o'brien@x.example", "o'brien@x.example"],
    ['{a}@x.example', '{a}@x.example'],
    ['a!b#c$d%e@x.example', 'a!b#c$d%e@x.example'],
    ['a/b=c?d^e_f`g{h|i}j~k@x.example', 'a/b=c?d^e_f`g{h|i}j~k@x.example'],
    ['josé@x.example', 'josé@x.example'],
    ['jose\u0301@x.example', 'josé@x.example'],
    ['JOSÉ@x.example', 'josé@x.example'],
    ['ΣΑΣ@x.example', 'σασ@x.example'],
    ['σας@x.example', 'σασ@x.example'],
    ['straße@x.example', 'straße@x.example'],
    ['"a b"@x.example', '"a b"@x.example'],
    ['"a@b"@x.example', '"a@b"@x.example'],
    ['"a\\"b"@x.example', '"a\\"b"@x.example'],
    ['我買@x.example', '我買@x.example'],
    // Hosts.
    ['a@localhost', 'a@localhost'],
    ['a@a_b.example', 'a@a_b.example'],
    ['a@1.example', 'a@1.example'],
    ['a@[192.0.2.1]', 'a@[192.0.2.1]'],
    ['a@[IPv6:2001:DB8::1]', 'a@[ipv6:2001:db8::1]'],
    [`${'a'.repeat(310)}@x.example`, `${'a'.repeat(310)}@x.example`],
  ])('%j', (text, email) => {
    expect(normalizeEmail(text)).toBe(email);
  });
});

test.each([
  '',
  ' ',
  '\u200b',
  'Ann',
  '@',
  '<>',
  'a@',
  '@x.example',
  'a@b@c',
  'a b@x.example',
  'Ann a@x.example',
  'Ann,a@x.example',
  'a@x.example, b@x.example',
  'a@x.example; b@x.example',
  '<a@x.example>, <b@x.example>',
  'a@x,example',
  'a@x..example',
  'a@.example',
  'a@x example',
  'a@x.example/path',
  'a@x.example:25',
  'a@x%2eexample',
  'a@xn--a',
  'a@(x.example',
  'a:b@x.example',
  'a\u0000@x.example',
  '\u0000a@x.example',
  'a@x.example\u0000',
  'a@x\u0000.example',
  '"a\u0000b"@x.example',
  'mailto:a%00@x.example',
  'a\u007f@x.example',
  '\ud800a@x.example',
  'a at x dot example',
  `${'a'.repeat(311)}@x.example`,
  ' '.repeat(70_000),
  '('.repeat(70_000),
  `${'<'.repeat(35_000)}@`,
])('%j is no address', (text) => {
  expect(normalizeEmail(text)).toBeNull();
});

test.each([
  ['a@x.example', null, []],
  ['zoe@xn--bcher-kva.example', null, ['zoe@bücher.example']],
  ['zoe@xn--bcher-kva.example', 'Zoe@Bücher.example', ['zoe@bücher.example']],
  ['a@x.example', ' A@X.example', []],
  ['a@x.example', '<A@x.example>', ['<a@x.example>']],
  ['a@x.example', 'Ann <a@x.example>', []],
])('%j, typed %j, may be stored as %j, too', (email, typed, older) => {
  expect(olderEmails(email, typed)).toEqual(older);
});
