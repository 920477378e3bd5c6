import fc from 'fast-check';
import { CONSENT, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { batchNow, run, storeBatch } from '../core/batches/scene';
import { type Browser, signedInBrowser } from './dashboard/scriptless-browser';
import { makeKeyedCompany } from './key-pair';
import { submit } from './portal/forms';

const RUNS = 10;

let service: Service;
let company: TestCompany;
let browser: Browser;
let people = 0;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000000' }));
  company = await makeKeyedCompany(service.ctx);
  browser = await signedInBrowser(service, company);
});
afterAll(() => service.close());

type Spelling = (text: string) => string;

const within = (part: string): Spelling => {
  return (text) => text.slice(0, 2) + part + text.slice(2);
};
const INVISIBLE = ['\u200b', '\u00ad', '\u2060', '\ufeff', '\ufe0f', '\u202c'];
const anywhere: Spelling[] = [
  (text) => text,
  (text) => ` ${text}\t`,
  (text) => `'${text}`,
  (text) => `"${text}"`,
  (text) => `(${text})`,
  (text) => `${text};`,
  (text) => `="${text}"`,
  ...INVISIBLE.map(within),
];
const ofEmails: Spelling[] = [
  ...anywhere,
  (text) => text.toUpperCase(),
  (text) => `<${text}>`,
  (text) => `Ann <${text}>`,
  (text) => `"Doe, Ann" <${text}>`,
  (text) => `${text} (Ann)`,
  (text) => `mailto:${text}?subject=Hi`,
  (text) => `${text}.`,
  (text) => text.replace('@', '＠'),
  (text) => text.normalize('NFD'),
  (text) => text.replace('bücher', 'xn--bcher-kva'),
];
/** A number of ten digits, in all ways to write it. */
const ofPhones: Spelling[] = [
  ...anywhere,
  (text) => `+1${text}`,
  (text) => `001${text}`,
  (text) => `(+1) ${text}`,
  (text) => `tel:+1-${text}`,
  (text) => `${text}.0`,
  (text) => `${text.slice(0, 1)}.${text.slice(1)}E9`,
  (text) => `${text} x12`,
  (text) => `${text} ext. 12`,
  (text) => text.replace(/(...)(...)(....)/, '($1) $2-$3'),
  (text) => text.replace(/(...)(...)(....)/, '$1\u2011$2\u2013$3'),
  (text) => text.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  (text) => text.replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit))),
];
const ofIds: Spelling[] = [
  (text) => text,
  (text) => ` ${text} `,
  (text) => `${text}\n`,
  ...INVISIBLE.map(within),
];

const email = fc
  .tuple(
    fc.constantFrom('jo', 'zoë', "o'hara", 'a.b+c', 'ΣΑΣ', '我買'),
    fc.constantFrom('x.example', 'bücher.example', 'sub.x-y.example', '例え.テスト'),
  )
  // A person of their own in each run.
  .map(
    ([local, domain]) =>
      (n: number) =>
        `${local}${String(n)}@${domain}`,
  );
const phone = fc
  .integer({ min: 0, max: 99 })
  .map((tail) => (n: number) => `4155${String(500_000 + n * 100 + tail).slice(-6)}`);

const person = (kind: 'email' | 'mobile') =>
  fc.record({
    make: kind === 'email' ? email : phone,
    spellings: fc.array(fc.constantFrom(...(kind === 'email' ? ofEmails : ofPhones)), {
      minLength: 6,
      maxLength: 6,
    }),
    ofId: fc.constantFrom(...ofIds),
  });

/** Registers the person, and finds them at every other entrance, written in another way at each. */
async function findEverywhere(
  kind: 'email' | 'mobile',
  { make, spellings, ofId }: { make: (n: number) => string; spellings: Spelling[]; ofId: Spelling },
): Promise<void> {
  const { ids, token } = company;
  const plain = make(++people);
  const [captured, listed, searched, inPortal, inFile, atLast] = spellings.map((to) => to(plain));
  const capture = {
    property_id: ids.property_id,
    session_id: `s-${String(people)}`,
    [kind]: captured,
    origin: 'https://example.com/',
    consents: [{ type: 'terms', text: CONSENT }],
  };
  const { status, body } = await service.post('/certificates', capture, { token });
  expect(status).toBe(201);
  const id = (body as { certificate_id: string }).certificate_id;

  const query = new URLSearchParams({ [kind]: listed ?? '' }).toString();
  const list = await service.get(`/certificates?${query}`, { token });
  expect(list.body.certificates).toMatchObject([{ certificate_id: id }]);

  const q = new URLSearchParams({ q: searched ?? '' }).toString();
  expect((await browser.get(`/dashboard/certificates?${q}`)).html).toContain(id);

  const found = await submit(service, '/opt-out/find', { identifier: inPortal ?? '' });
  expect([found.status, found.token === '']).toEqual([200, false]);

  const cell = (inFile ?? '').replaceAll('"', '""');
  const scene = { ctx: service.ctx, company, close: () => Promise.resolve() };
  const batch = await storeBatch(scene, `${kind}\n"${cell}"\n`, { dry_run: true });
  await run(service.ctx, batch);
  expect(await batchNow(scene, batch)).toMatchObject({ revoked: 1, invalid: 0, not_found: 0 });

  const check = { ...ids, certificate_id: ofId(id), consent: CONSENT };
  expect((await service.post('/verify/match', check)).body).toMatchObject({ valid: true });
  const optOut = await service.post('/opt-out', { company_id: company.id, [kind]: atLast });
  expect(optOut.body).toMatchObject({ revoked: 1, certificates: [id] });
  expect((await service.post('/verify/match', check)).status).toBe(403);
}

test.each(['email', 'mobile'] as const)(
  'an %s that one entrance stores is found by every other, however it is written',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(person(kind), (given) => findEverywhere(kind, given)),
      { numRuns: RUNS },
    );
  },
);
