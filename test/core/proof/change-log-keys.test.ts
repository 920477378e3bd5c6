import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { changeLogKeys } from '../../../src/core/proof/change-log-keys';
import { growOnce } from '../../../src/core/proof/grow-log';
import { openLog } from '../../../src/core/proof/open-log';
import type { Receipt } from '../../../src/core/proof/receipt';
import { parseKey, parseNote } from '../../../src/lib/tlog/note';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { fetchVerifier } from '../../helpers/receipts';
import { client, type Service, startService } from '../../helpers/service';
import { testEnvironment } from '../../helpers/settings';
import { readConfig } from '../../../src/config';
import { runScript } from '../../scripts/run-script';

let service: Service;
let company: TestCompany;
const environment = testEnvironment();
const region = 'default';
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService(readConfig(environment));
  company = await makeCompany(ctx());
});
afterAll(() => service.close());

/** Revokes a certificate; gives the path of its receipt. */
async function revoked(): Promise<string> {
  const { id } = await makeCertificate(ctx(), company);
  const asked = { company_id: company.id, certificate_id: id };
  await service.post('/opt-out', asked, { token: company.token });
  const info = await service.get(`/certificates/${id}`, { token: company.token });
  return `/revocations/${String(info.body.opt_out.revocation_id)}/receipt`;
}

async function receiptAt(path: string): Promise<Receipt> {
  const { status, body } = await service.get(path, { token: company.token });
  expect(status).toBe(200);
  return body as Receipt;
}

const lines = async (path: string) =>
  (await (await fetch(service.url + path)).text()).trimEnd().split('\n');

test('without a log there is no key to change', async () => {
  expect(await changeLogKeys({ ctx: ctx(), region })).toEqual([]);
  expect((await service.get('/.well-known/jwks.json')).body).toEqual({ keys: [] });
  expect(await lines('/log/keys')).toEqual(['']);
});

test('receipts of before and after are good by the program that is fetched now', async () => {
  const path = await revoked();
  await growLogNow(ctx());
  await openLog({ ctx: ctx(), region: 'us' });
  const [before, formerKeys, former] = [
    await receiptAt(path),
    await lines('/log/keys'),
    await fetchVerifier(service.url),
  ];
  // The log was begun under a process's own settings; those of the script are of no matter.
  const ended = await runScript('proof-new-key', [], { ...environment, PORT: '1' });
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  const keys = await lines('/log/keys');
  expect(keys).toEqual([ended.stdout.split('\n')[0], ...formerKeys]);
  expect(ended.stdout.split('\n')[1]).toBe((await lines('/log/us/keys'))[0]);

  // At once, for what is in the log already.
  const again = await receiptAt(path);
  const next = await revoked();
  await growLogNow(ctx());
  const after = await receiptAt(next);
  const { verify: isGood } = await fetchVerifier(service.url);
  for (const receipt of [before, again, after]) expect((await isGood(receipt)).code).toBe(0);
  expect(again.checkpoint).not.toBe(before.checkpoint);
  expect((await former.verify(before)).code).toBe(0);
  expect((await former.verify(after)).out).toMatch(/^bad: checkpoint is not signed by a key/);
  expect((await former.verify(after, '--key', keys[0]!)).code).toBe(0);
});

test('no secret half is left of a key that has been replaced', async () => {
  const [head] = await collections(ctx()).logHeads.find().toArray();
  expect(head!.keys.map(({ sealed, retired_at: at }) => [sealed === null, at === null])).toEqual([
    [false, true],
    [true, false],
  ]);
});

test('the change is in the operators’ log', async () => {
  const { audit } = collections(ctx());
  const entries = await audit.find({ action: 'proof.key_changed' }).sort({ at: 1 }).toArray();
  const newest = (await lines('/log/keys'))[0]!.split('+');
  expect(entries.map(({ company_id, reason }) => [company_id, reason])).toEqual([
    [':operator', `${newest[0]!} ${newest[1]!}`],
    [':operator', expect.stringMatching(/\/log\/us [0-9a-f]{8}$/)],
  ]);
});

test('the keys are there as JWKs, by which the signature of a checkpoint is good', async () => {
  const { body } = await client(service.url).get('/.well-known/jwks.json');
  const keys = body.keys as (JsonWebKey & { kid: string })[];
  const published = [...(await lines('/log/keys')), ...(await lines('/log/us/keys'))];
  expect(keys.map(({ kid }) => kid)).toEqual(published.map((key) => key.split('+')[1]));
  const note = parseNote(await (await fetch(`${service.url}/log/checkpoint`)).text())!;
  const { keyId, bytes } = note.signatures[0]!;
  const jwk = keys.find(({ kid }) => kid === keyId)!;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  expect(verify(null, Buffer.from(note.text), key, bytes)).toBe(true);
  expect(parseKey(published[0]!)?.publicKey.toString('base64url')).toBe(jwk.x);
});

test('a process that was signing by the former key publishes nothing more by it', async () => {
  const { proofLog } = ctx().store.regions[region];
  const head = await proofLog.takeOver((await openLog({ ctx: ctx(), region }))._id);
  const path = await revoked();
  const changed = { isDone: false };
  ctx().reach = async (step) => {
    if (step === 'log.publishing' && !changed.isDone) {
      changed.isDone = true;
      await changeLogKeys({ ctx: ctx(), region });
    }
  };
  expect(await growOnce({ ctx: ctx(), region, head })).toBeNull();
  expect(changed.isDone).toBe(true);
  ctx().reach = () => Promise.resolve();
  await growLogNow(ctx());
  const { verify: isGood } = await fetchVerifier(service.url);
  expect((await isGood(await receiptAt(path))).code).toBe(0);
});
