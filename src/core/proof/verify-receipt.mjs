// Verifies a receipt and asks nobody: node verify-receipt.mjs FILE [--key KEY …]. It follows RFC 6962
// and RFC 9162 (Merkle trees), C2SP signed-note and tlog-checkpoint, and Ed25519. Exit code 0: good.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
const PINNED = [];
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const must = (holds, why) => { if (!holds) throw new Error(why); };
const decode = (text, what, coding = 'base64') => {
  const bytes = Buffer.from(String(text), coding);
  must(bytes.toString(coding) === text, `${what} is no ${coding}`);
  return bytes;
};
const parse = (text, what) => { try { return JSON.parse(text); } catch { throw new Error(`${what} is no JSON`); } };
const fields = (value, what, names) => {
  must(Object.prototype.toString.call(value) === '[object Object]', `${what} is no object`);
  for (const name of Object.keys(value)) must(names.includes(name), `${what} has an unknown field: ${name}`);
  for (const name of names) must(Object.hasOwn(value, name), `${what} lacks ${name}`);
  return value;
};
function rootAbove(leaf, index, size, path, what) {
  must([index, size].every((one) => Number.isSafeInteger(one)) && index >= 0 && index < size, `${what} has no place`);
  let [at, last, root] = [index, size - 1, leaf];
  for (const step of [path].flat()) {
    const [hash, isRight] = [decode(step, `the path of ${what}`), at % 2 === 1 || at === last];
    must(last > 0 && hash.length === 32, `the path of ${what} is wrong`);
    root = isRight ? sha256('\x01', hash, root) : sha256('\x01', root, hash);
    while (isRight && at % 2 === 0 && at > 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  must(last === 0, `the path of ${what} is wrong`);
  return root;
}
const commitmentTo = (opened, what) => {
  const { salt, value } = fields(opened, what, ['salt', 'value']);
  return sha256(decode(salt, `the salt of ${what}`, 'base64url'), String(value)).toString('base64url');
};
const readKey = (text) => {
  const [, name, id, coded] = /^(\S+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  must(coded, `${text} is no key`);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), decode(coded, 'a key').subarray(1)]);
  return { name, id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
};
function readCheckpoint(note, keys) {
  const [, text, lines] = /^(\S+\n\d{1,16}\n\S+\n)\n((?:\u2014 \S+ \S+\n)+)$/.exec(note) ?? [];
  must(text, 'checkpoint is none');
  const [origin, size, root] = text.split('\n');
  for (const [, name, coded] of lines.matchAll(/\u2014 (\S+) (\S+)\n/g)) {
    const signature = decode(coded, 'a signature of the checkpoint');
    const own = keys.find((one) => one.id === signature.subarray(0, 4).toString('hex') && one.name === name);
    if (!own || name !== origin) continue;
    must(verify(null, Buffer.from(text), own.key, signature.subarray(4)), 'checkpoint is altered: its signature does not fit');
    return { origin, size: Number(size), root, key: own.key };
  }
  throw new Error(`checkpoint is not signed by a key that is known here, but says it is of ${origin}`);
}
function check([file, ...rest]) {
  must(file && rest.every((one, i) => (i % 2 === 0) === (one === '--key')), 'usage: verify-receipt.mjs FILE [--key KEY …]');
  must(statSync(file).size < 4 * 2 ** 20, 'the file is too large for a receipt');
  const receipt = parse(readFileSync(file, 'utf8'), 'the file');
  must(receipt?.format === 'rescind-receipt-1', 'the file is no receipt of a version that is known here');
  const { record: text, opening, inclusion } = fields(receipt, 'receipt', 'format record signature opening inclusion checkpoint'.split(' '));
  const { origin, size, root, key } = readCheckpoint(receipt.checkpoint, [...PINNED, ...rest.filter((one) => one !== '--key')].map(readKey));
  must(verify(null, Buffer.from(String(text)), key, decode(receipt.signature, 'signature')), 'record is altered: its signature does not fit');
  const [record, place] = [parse(text, 'record'), fields(fields(inclusion, 'inclusion', ['subjects', 'record']).record, 'inclusion.record', ['index', 'path'])];
  must(record.record_id === `${origin}#${place.index}`, 'record is of another log, or of another place in it');
  must(rootAbove(sha256('\x00', text), place.index, size, place.path, 'record').toString('base64') === root, 'record is not in the log of this checkpoint');
  const { commitments, subjects } = fields(opening, 'opening', ['commitments', 'subjects']);
  for (const [name, one] of Object.entries(fields(commitments, 'opening.commitments', Object.keys(record.commitments)))) {
    must(one === null || commitmentTo(one, name) === record.commitments[name], `${name} is not what was recorded`);
  }
  must(Array.isArray(subjects) && subjects.length === inclusion.subjects?.length, 'a subject or its path is missing');
  const about = subjects.map((one, i) => {
    const { index, size: count, leaf, path } = fields(inclusion.subjects[i], 'inclusion.subjects', ['index', 'size', 'leaf', 'path']);
    const above = rootAbove(sha256('\x00', String(leaf)), index, count, path, 'a subject').toString('base64url');
    must(above === record.subjects && (one === null || commitmentTo(one, 'a subject') === parse(leaf, 'a subject').subject), `a subject is not what was recorded: ${one?.value}`);
    return [parse(leaf, 'a subject').event_type, parse(leaf, 'a subject').answer, one?.value].filter(Boolean).join(' ');
  });
  return `good: ${[`${record.event_type}, ${record.event_time}, record ${place.index} of ${size} in ${origin}`, ...about].join(', ')}`;
}
try { console.log(check(process.argv.slice(2))); } catch (error) { console.error(`bad: ${error.message}`); process.exitCode = 1; }
