import { createHash } from 'node:crypto';
import type { Context } from '../../src/context';
import { revokeByIdentifiers } from '../../src/core/revocations/revoke-by-identifiers';
import { revokeConsents } from '../../src/core/portal/revoke-consents';
import { type Exchange, exchangesOf, watched } from '../helpers/commands';
import { CALLER, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { submit } from './portal/forms';

jest.mock('../../src/core/portal/evenly', () => {
  // What even intervals would hide is to show here.
  return { evenly: jest.fn((_: number, work: () => Promise<unknown>) => work()) };
});

/** What is remembered of people of whom the company holds nothing. */
const REMEMBERED = ['nothing', 'elsewhere', 'service', 'here'] as const;
type Remembered = (typeof REMEMBERED)[number];
/** Collections that hold anything about people; what others are asked goes by who is asking. */
const PERSONAL = new Set([
  'certificates',
  'consents',
  'suppressions',
  'revocations',
  'consent_revocations',
  'portal_requests',
  'recordings',
  'audit_entries',
]);

let service: Service;
let ctx: Context;
let company: TestCompany;
let other: TestCompany;
let people = 0;

beforeAll(async () => {
  const settings = { OPT_OUT_RATE_PER_MINUTE: '1000', SMTP_URL: 'smtp://127.0.0.1:1' };
  service = await startService(watched(testConfig(settings)));
  ({ ctx } = service);
  company = await makeCompany(ctx);
  other = await makeCompany(ctx);
});
afterAll(() => service.close());

/** Somebody new, whose name is as long as anybody's. */
async function stranger(remembered: Remembered): Promise<string> {
  const email = `p${String(100 + (people += 1))}@example.com`;
  const at = { elsewhere: other.id, here: company.id, nothing: null, service: null }[remembered];
  if (at !== null) {
    const by = { companyId: at, method: 'api', caller: CALLER } as const;
    await revokeByIdentifiers({ ctx, ...by, identifiers: { email } });
  }
  if (remembered === 'service') {
    await revokeConsents({
      ctx,
      identifier: { kind: 'email', value: email },
      scope: { kind: 'all', everywhere: true },
      requestId: email,
      via: 'portal',
      ip: '192.0.2.1',
      gpc: false,
    });
  }
  return email;
}

/** A command without what names a person or a moment, and how much came back. */
function shapeOf({ name, command, reply }: Exchange): string {
  const asked = command.filter ?? command.pipeline ?? command.query ?? command.updates?.[0]?.q;
  const shape = JSON.stringify(asked ?? {}, (_, value: unknown) =>
    typeof value === 'string' && !value.startsWith('$') ? '' : value,
  );
  const rows = reply.cursor?.firstBatch?.length ?? reply.values?.length ?? reply.n ?? 0;
  return `${name} ${String(command[name])} ${shape}: ${String(rows)}`;
}

/** Replaces what differs from call to call. */
const normal = (text: string) =>
  text
    .replace(/"checked_at":"[^"]+"/, '')
    .replace(/"timestamp":"[^"]+"/, '')
    .replace(/value="[\w-]{60,}"/g, 'value="token"')
    .replace(/done\/[\w-]{60,}/g, 'done/token')
    .replace(/RSC(-[0-9A-Z]{4}){3}/g, 'reference')
    .replace(/<time.*?<\/time>/gs, 'time')
    .replaceAll(/p\d{3}@example\.com/g, 'email');

interface Answer {
  status: number;
  text: string;
}
type Call = (email: string) => Promise<Answer>;

const api = async (path: string, body?: object): Promise<Answer> => {
  const reply = await fetch(service.url + path, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${company.token}`, 'content-type': 'application/json' },
  });
  return { status: reply.status, text: await reply.text() };
};
const page = async (path: string, form: Record<string, string>) => {
  const { status, html, token } = await submit(service, path, form);
  return { status, text: html, token };
};
const find = (email: string, more: Record<string, string> = {}) =>
  page('/opt-out/find', { identifier: email, ...more });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Says and asks the same, whoever it is about. */
async function expectNoTell(call: Call, states: readonly Remembered[] = REMEMBERED) {
  await call(await stranger('nothing'));
  const told: { state: Remembered; answer: Answer; shapes: string[] }[] = [];
  // Twice, that none differs for being the first.
  for (const state of [...states, ...states]) {
    const email = await stranger(state);
    let answer: Answer = { status: 0, text: '' };
    const exchanges = await exchangesOf(async () => {
      answer = await call(email);
    });
    const personal = exchanges.filter(({ name, command }) => PERSONAL.has(String(command[name])));
    told.push({
      state,
      answer: { status: answer.status, text: normal(answer.text) },
      // Some are under way at the same time.
      shapes: personal.map(shapeOf).sort(),
    });
  }
  const [first] = told;
  expect(first!.answer.status).toBe(200);
  for (const { state, ...one } of told) {
    expect({ state, ...one }).toEqual({ state, answer: first!.answer, shapes: first!.shapes });
  }
  return first!.shapes;
}

describe('what is remembered of a stranger shows neither in words nor in what is read', () => {
  test('/contact/check', async () => {
    const byEmail = await expectNoTell((email) => api('/contact/check', { email }));
    expect(byEmail).toEqual([expect.stringMatching(/^find certificates .*: 0$/)]);
    const channel = 'call';
    await expectNoTell((email) =>
      api('/contact/check', { email_sha256: sha256(email), channel, consent_type: 'tcpa' }),
    );
    await expectNoTell((email) => api('/contact/check', { email, term: 'calls' }));
  });

  test('/suppressions, of what others and the service remember', async () => {
    const states = ['nothing', 'elsewhere', 'service'] as const;
    const read = await expectNoTell((email) => api(`/suppressions?email=${email}`), states);
    expect(read).toEqual([expect.stringMatching(/^find suppressions .*: 0$/)]);
    await expectNoTell((email) => api(`/suppressions?email_sha256=${sha256(email)}`), states);
  });

  test('/opt-out', async () => {
    const done = await expectNoTell((email) =>
      api('/opt-out', { company_id: company.id, email, channels: ['call'] }),
    );
    expect(done.filter((one) => one.startsWith('update suppressions'))).toHaveLength(1);
  });

  // With a code, no answer waits for a look-up: see `leaks.test.ts`.
  test.each(['masked', 'blind'] as const)('the portal, %s', async (portalMode) => {
    Object.assign(ctx, { config: { ...ctx.config, portalMode } });
    const links: Record<string, string>[] = [{}, { company: company.id }];
    for (const link of links) {
      const looked = await expectNoTell((email) => find(email, link));
      expect(looked.filter((one) => one.includes('suppressions'))).toEqual([]);
      const done = await expectNoTell(async (email) => {
        const { token } = await find(email, link);
        return page('/opt-out/confirm', { token, ...link });
      });
      expect(done.filter((one) => one.startsWith('update suppressions'))).toHaveLength(1);
    }
  });
});
