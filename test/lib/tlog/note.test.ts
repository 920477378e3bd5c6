import { sign } from 'node:crypto';
import { checkpointText, parseCheckpoint } from '../../../src/lib/tlog/checkpoint';
import {
  cosignedText,
  formatKey,
  isSignedBy,
  keyIdOf,
  parseKey,
  parseNote,
  parseSignatures,
  privateKeyOf,
  publicKeyOf,
  signatureLine,
  signNote,
} from '../../../src/lib/tlog/note';

/** From the tests of Go's sumdb/note. */
const PETER = {
  secret: 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  line: '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};
/** From C2SP signed-note. */
const EXAMPLE = {
  key: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  note: 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
};
const seed = Buffer.from(PETER.secret, 'base64').subarray(1);
const peter = parseKey(PETER.key)!;
const signed = `${PETER.text}\n${PETER.line}`;

test('keys and signatures are those of other implementations', () => {
  const privateKey = privateKeyOf(seed);
  expect(publicKeyOf(privateKey)).toEqual(peter.publicKey);
  expect(formatKey(peter)).toBe(PETER.key);
  expect(signNote(PETER.text, 'PeterNeumann', privateKey)).toBe(PETER.line);
  expect(isSignedBy(parseNote(signed)!, peter)).toBe(true);
  expect(isSignedBy(parseNote(EXAMPLE.note)!, parseKey(EXAMPLE.key)!)).toBe(true);
});

test('a note that is altered, or signed by another key, is not believed', () => {
  const note = parseNote(signed)!;
  expect(isSignedBy({ ...note, text: note.text.replace('answer', 'question') }, peter)).toBe(false);
  expect(isSignedBy(note, parseKey(EXAMPLE.key)!)).toBe(false);
  const [own] = note.signatures;
  const forged = { ...own!, bytes: Buffer.alloc(64, 1) };
  expect(isSignedBy({ ...note, signatures: [own!, forged] }, peter)).toBe(false);
  expect(isSignedBy({ ...note, signatures: [{ ...own!, name: 'Peter' }] }, peter)).toBe(false);
});

test.each([
  ['without a blank line', `${PETER.text}${PETER.line}`],
  ['without a signature', `${PETER.text}\n`],
  ['without its last newline', signed.slice(0, -1)],
  ['with a control character', signed.replace('think', 'th\u0007nk')],
  ['with another dash', signed.replace('—', '-')],
  ['with a plus in a name', signed.replace('— PeterNeumann', '— Peter+Neumann')],
  ['with broken base64', signed.replace('x08go', 'x08g!')],
  ['with too many signatures', PETER.text + '\n' + PETER.line.repeat(33)],
])('%s, it is no note', (_, text) => {
  expect(parseNote(text)).toBeNull();
});

test.each([
  ['another key id', PETER.key.replace('c74f20a3', 'c74f20a4')],
  ['another length', PETER.key.slice(0, -4)],
  ['another algorithm', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
  ['no name', PETER.key.replace('PeterNeumann', '')],
  ['a space in its name', PETER.key.replace('PeterNeumann', 'Peter Neumann')],
])('with %s, it is no key', (_, text) => {
  expect(parseKey(text)).toBeNull();
});

test('a witness signs a time with the text', () => {
  const witness = {
    name: 'witness.example/w1',
    use: 'cosignature',
    publicKey: peter.publicKey,
  } as const;
  expect(keyIdOf(witness)).not.toBe(keyIdOf({ ...witness, use: 'note' }));
  expect(parseKey(formatKey(witness))).toEqual(witness);
  const at = 1_679_315_147;
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at));
  const bytes = sign(null, Buffer.from(cosignedText(PETER.text, at)), privateKeyOf(seed));
  const line = (stamp: Buffer) => signatureLine(witness, Buffer.concat([stamp, bytes]));
  const cosigned = parseNote(signed + line(time))!;
  expect(cosigned.signatures.map(({ name }) => name)).toEqual(['PeterNeumann', witness.name]);
  expect(isSignedBy(cosigned, witness)).toBe(true);
  expect(isSignedBy(cosigned, peter)).toBe(true);
  const [later] = parseSignatures(line(Buffer.alloc(8)))!;
  expect(isSignedBy({ ...cosigned, signatures: [later!] }, witness)).toBe(false);
});

describe('a checkpoint', () => {
  const text =
    'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

  test('is read as it is written', () => {
    const checkpoint = parseCheckpoint(text)!;
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(checkpointText(checkpoint)).toBe(text);
  });

  test.each([
    ['a size with a leading zero', text.replace('20852163', '020852163')],
    ['a negative size', text.replace('20852163', '-1')],
    ['no origin', text.replace('example.com/behind-the-sofa', '')],
    ['a short root', text.replace('CsUYapGG', '')],
    ['a root in another base64', text.replace('/', '_').replace('om/X', 'om_X')],
    ['nothing else', 'example.com\n'],
  ])('with %s is none', (_, broken) => {
    expect(parseCheckpoint(broken)).toBeNull();
  });
});
