import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VERIFY_SNIPPETS } from '../../../src/http/docs/verify-snippets';
import { newWebhookSecret, signWebhook } from '../../../src/lib/standard-webhooks';
import { run } from '../../scripts/run-script';

const SECRET = newWebhookSecret();
const OTHER = newWebhookSecret();
const BODY = '{"type":"certificate.revoked","data":{"certificate_ids":["EC-Zoë"]}}';
const HOUR_MS = 3_600_000;

/** What makes a program of a snippet: it is given headers, body and secret, and says what it thinks. */
const PROGRAMS: Record<string, { command: string[]; file: string; rest: string }> = {
  TypeScript: {
    command: [process.execPath, '--import', 'tsx'],
    file: 'verify.mts',
    rest: `
const { HEADERS = '', BODY = '', WEBHOOK_SECRET = '' } = process.env;
const headers = JSON.parse(HEADERS) as IncomingHttpHeaders;
console.log(isGenuine(headers, Buffer.from(BODY), WEBHOOK_SECRET) ? 'genuine' : 'not genuine');
`,
  },
  Python: {
    command: ['python3'],
    file: 'verify.py',
    rest: `
import json, os
headers, body = json.loads(os.environ["HEADERS"]), os.environ["BODY"].encode()
print("genuine" if is_genuine(headers, body, os.environ["WEBHOOK_SECRET"]) else "not genuine")
`,
  },
  Shell: { command: ['sh', '-eu'], file: 'verify.sh', rest: '' },
};
const LANGUAGES = VERIFY_SNIPPETS.map(({ language }) => language);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rescind-snippets-'));
});
afterAll(() => rm(folder, { recursive: true }));

const codeOf = (language: string) =>
  VERIFY_SNIPPETS.find((snippet) => snippet.language === language)!.code;

/** What a snippet says of a message. */
async function judged(
  language: string,
  headers: Record<string, string>,
  { body = BODY, secret = SECRET } = {},
): Promise<string> {
  const { command, file, rest } = PROGRAMS[language]!;
  const program = path.join(folder, file);
  await writeFile(program, codeOf(language) + rest);
  await writeFile(path.join(folder, 'body.json'), body);
  const { stdout, stderr } = await run([...command, program], {
    HEADERS: JSON.stringify(headers),
    BODY: body,
    BODY_FILE: path.join(folder, 'body.json'),
    WEBHOOK_SECRET: secret,
    WEBHOOK_ID: headers['webhook-id'] ?? '',
    WEBHOOK_TIMESTAMP: headers['webhook-timestamp'] ?? '',
    WEBHOOK_SIGNATURE: headers['webhook-signature'] ?? '',
  });
  return (stdout + stderr).trim();
}

function signed(secrets: string[], at = new Date()) {
  return signWebhook({ id: 'evt_1', at, body: BODY, secrets });
}

test('there are three, each of which can be tried', () => {
  expect(LANGUAGES).toEqual(Object.keys(PROGRAMS));
});

test.each(LANGUAGES)('in %s it knows what is genuine', async (language) => {
  const headers = signed([SECRET]);
  expect(await judged(language, headers)).toBe('genuine');
  expect(await judged(language, signed([OTHER, SECRET]))).toBe('genuine');
  expect(await judged(language, headers, { secret: OTHER })).toBe('not genuine');
  expect(await judged(language, headers, { body: `${BODY}\n` })).toBe('not genuine');
  expect(await judged(language, { ...headers, 'webhook-id': 'evt_2' })).toBe('not genuine');
  expect(await judged(language, { ...headers, 'webhook-signature': '' })).toBe('not genuine');
});

test.each(['TypeScript', 'Python'])('in %s it refuses what is old', async (language) => {
  const [past, future] = [-HOUR_MS, HOUR_MS].map((ms) => new Date(Date.now() + ms));
  expect(await judged(language, signed([SECRET], past))).toBe('not genuine');
  expect(await judged(language, signed([SECRET], future))).toBe('not genuine');
  expect(await judged(language, {})).toBe('not genuine');
});

test.each([
  ['TypeScript', 'ts', '/** Whether'],
  ['Python', 'py', 'def is_genuine'],
])('the example in %s verifies in the same words', async (language, extension, from) => {
  const code = codeOf(language);
  const example = await readFile(`scripts/examples/webhooks.${extension}`, 'utf8');
  expect(example).toContain(code.slice(code.indexOf(from)));
});
