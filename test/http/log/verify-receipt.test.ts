import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Receipt } from '../../../src/core/proof/receipt';
import { parseKey } from '../../../src/lib/tlog/note';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { growLogNow } from '../../helpers/log';
import { fetchVerifier, type Verifier } from '../../helpers/receipts';
import { type Service, startService } from '../../helpers/service';

let service: Service;
let company: TestCompany;
let verifier: Verifier;
let unpinned: Verifier;
let certificates: string[];
let receipt: Receipt;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(ctx());
  unpinned = await fetchVerifier(service.url);
  await growLogNow(ctx());
  verifier = await fetchVerifier(service.url);
  ({ certificates, receipt } = await revoked(3));
});
afterAll(() => service.close());

/** Revokes certificates of a person, and gets the receipt. */
async function revoked(count: number) {
  const email = `p${String(Math.random()).slice(2)}@example.com`;
  const made = [];
  for (let i = 0; i < count; i += 1) made.push(await makeCertificate(ctx(), company, { email }));
  const body = { company_id: company.id, email };
  const answer = await service.post('/opt-out', body, { token: company.token });
  expect(answer.status).toBe(200);
  await growLogNow(ctx());
  const { reference, receipt: issued } = await receiptOf(made[0]!.id);
  return { certificates: made.map(({ id }) => id), receipt: issued, reference };
}

async function receiptOf(certificateId: string) {
  const info = await service.get(`/certificates/${certificateId}`, { token: company.token });
  const reference = info.body.opt_out.revocation_id as string;
  const path = `/revocations/${reference}/receipt`;
  const { status, body } = await service.get(path, { token: company.token });
  expect(status).toBe(200);
  return { reference, receipt: body as Receipt };
}

const verify = (document: unknown, ...options: string[]) => verifier.verify(document, ...options);

test('a receipt is good for whoever has it and the program', async () => {
  const { code, out } = await verify(receipt);
  expect([code, out.split('\n').length]).toEqual([0, 2]);
  expect(out).toMatch(
    /^good: certificate\.revoked, \d{4}-.+, record \d+ of \d+ in localhost:\d+\/log/,
  );
  for (const id of certificates) expect(out).toContain(id);
  const record = JSON.parse(receipt.record) as Record<string, unknown>;
  expect(record).toMatchObject({ event_state: 'withdrawn' });
  expect(receipt.record).not.toContain(company.id);
  for (const id of certificates) expect(receipt.record).not.toContain(id);
  expect(receipt.opening.commitments).toMatchObject({
    pii_controller: { value: company.id },
    method: { value: 'api' },
  });
});

test('one certificate can be shown without the others', async () => {
  const { reference } = await receiptOf(certificates[1]!);
  const path = `/revocations/${reference}/receipt?certificate_id=${certificates[1]!}`;
  const { body } = await service.get(path, { token: company.token });
  const { code, out } = await verify(body);
  expect([code, out.includes(certificates[1]!)]).toEqual([0, true]);
  expect(JSON.stringify(body)).not.toContain(certificates[0]!);
  const unknown = await service.get(path.replace(/=.*/, '=EC-other'), { token: company.token });
  expect([unknown.status, unknown.body.error]).toEqual([404, 'Revocation not found']);
  const other = await makeCompany(ctx());
  expect((await service.get(path, { token: other.token })).status).toBe(404);
});

test('until a checkpoint covers it there is none, and it says when to ask again', async () => {
  const { id } = await makeCertificate(ctx(), company);
  const asked = { company_id: company.id, certificate_id: id };
  await service.post('/opt-out', asked, { token: company.token });
  const info = await service.get(`/certificates/${id}`, { token: company.token });
  const path = `/revocations/${String(info.body.opt_out.revocation_id)}/receipt`;
  const pending = await service.get(path, { token: company.token });
  expect([pending.status, pending.body]).toEqual([202, { state: 'pending' }]);
  expect(pending.headers.get('retry-after')).toBe('2');
});

test('a key that is not pinned has to be given', async () => {
  const keys = await (await fetch(`${service.url}/log/keys`)).text();
  expect((await unpinned.verify(receipt)).code).toBe(1);
  expect((await unpinned.verify(receipt, '--key', keys.trim())).code).toBe(0);
  const other = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  expect((await unpinned.verify(receipt, '--key', other)).code).toBe(1);
});

test('openssl finds the signature of the record good', async () => {
  const keys = await (await fetch(`${service.url}/log/keys`)).text();
  const der = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    parseKey(keys.trim())!.publicKey,
  ]);
  const pem = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const { directory } = verifier;
  const at = (name: string) => join(directory, name);
  await writeFile(at('key.pem'), pem.export({ format: 'pem', type: 'spki' }));
  await writeFile(at('record'), receipt.record);
  await writeFile(at('signature'), Buffer.from(receipt.signature, 'base64'));
  const line = `openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in record -sigfile signature`;
  const out = await new Promise<string>((resolve, reject) => {
    execFile('sh', ['-c', line], { cwd: directory }, (error, stdout, stderr) => {
      if (error) reject(new Error(stdout + stderr));
      else resolve(stdout);
    });
  });
  expect(out).toContain('Signature Verified Successfully');
});

describe('is bad, and says in a line why:', () => {
  let other: Receipt;
  beforeAll(async () => {
    other = (await revoked(1)).receipt;
  });
  const altered = (change: (copy: Receipt) => unknown) => {
    const copy = structuredClone(receipt);
    return change(copy) ?? copy;
  };
  const swapRecord = (copy: Receipt, from: string, to: string) => {
    copy.record = copy.record.replace(from, to);
  };

  test.each<[string, (copy: Receipt) => unknown, RegExp]>([
    [
      'an edited record',
      (copy) => {
        swapRecord(copy, 'withdrawn', 'given');
      },
      /record is altered/,
    ],
    [
      'a record of another receipt',
      (copy) => {
        copy.record = other.record;
      },
      /record is altered/,
    ],
    [
      'a record and signature of another receipt',
      (copy) => ({ ...copy, record: other.record, signature: other.signature }),
      /of another place in it/,
    ],
    [
      'another place',
      (copy) => {
        copy.inclusion.record.index += 1;
      },
      /of another place in it/,
    ],
    [
      'a path of another record',
      (copy) => {
        copy.inclusion.record.path = other.inclusion.record.path.toReversed();
      },
      /path of record is wrong|not in the log/,
    ],
    [
      'a swapped salt',
      (copy) => {
        copy.opening.subjects[0]!.salt = other.opening.subjects[0]!.salt;
      },
      /a subject is not what was recorded: EC-/,
    ],
    [
      'an opening for another certificate',
      (copy) => {
        copy.opening.subjects[0] = other.opening.subjects[0]!;
      },
      /a subject is not what was recorded: EC-/,
    ],
    [
      'another company',
      (copy) => {
        copy.opening.commitments.pii_controller!.value = 'comp-other';
      },
      /pii_controller is not what was recorded/,
    ],
    [
      'a missing subject',
      (copy) => {
        copy.opening.subjects.pop();
      },
      /a subject or its path is missing/,
    ],
    ['a missing field', ({ signature: _, ...rest }) => rest, /receipt lacks signature/],
    [
      'a missing opening',
      (copy) => {
        delete copy.opening.commitments.method;
      },
      /opening.commitments lacks method/,
    ],
    ['an unknown field', (copy) => ({ ...copy, note: 'good' }), /unknown field: note/],
    [
      'an unknown field inside',
      (copy) => ({ ...copy, inclusion: { ...copy.inclusion, more: [] } }),
      /inclusion has an unknown field: more/,
    ],
    [
      'an edited checkpoint',
      (copy) => {
        copy.checkpoint = copy.checkpoint.replace(/\n\d+\n/, '\n9\n');
      },
      /checkpoint is altered/,
    ],
    [
      'a checkpoint of another log',
      (copy) => {
        copy.checkpoint = copy.checkpoint.replaceAll('localhost', 'example.com');
      },
      /not signed by a key/,
    ],
    [
      'no checkpoint',
      (copy) => {
        copy.checkpoint = 'none';
      },
      /checkpoint is none/,
    ],
    [
      'wrong base64',
      (copy) => {
        copy.signature = `${copy.signature.slice(0, -2)}!!`;
      },
      /signature is no base64/,
    ],
    [
      'another version',
      (copy) => ({ ...copy, format: 'rescind-receipt-2' }),
      /no receipt of a version/,
    ],
    ['a receipt cut short', (copy) => JSON.stringify(copy).slice(0, -20), /the file is no JSON/],
    ['null', () => 'null', /no receipt of a version/],
    ['a list', () => '[]', /no receipt of a version/],
    ['nothing', () => '', /the file is no JSON/],
  ])('%s', async (_, change, message) => {
    const { code, out } = await verify(altered(change));
    expect(out).toMatch(message);
    expect(out).toMatch(/^bad: [^\n]+\n$/);
    expect(code).toBe(1);
  });

  test('a hostile file of 100 MiB, a missing file, a wrong option', async () => {
    const { directory, verifyFile } = verifier;
    const huge = join(directory, 'huge.json');
    await writeFile(huge, '{"format":');
    await truncate(huge, 100 * 2 ** 20);
    expect(await verifyFile(huge)).toEqual({
      code: 1,
      out: 'bad: the file is too large for a receipt\n',
    });
    expect((await verifyFile(join(directory, 'none.json'))).code).toBe(1);
    expect((await verify(receipt, '--keys')).out).toMatch(/^bad: usage/);
  });
});
