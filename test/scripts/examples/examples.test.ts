import { createApiKey } from '../../../src/core/credentials/create-api-key';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { until } from '../../helpers/until';
import { startWeb, startWorker, type Web } from '../../faults/processes';
import {
  allFinished,
  expectRevokedOnce,
  expectSpent,
  LONG_MS,
  openScene,
  type Scene,
} from '../../faults/scene';
import { type Ended, run } from '../run-script';
import { type Proxy, startProxy } from './proxy';

const TYPESCRIPT = [process.execPath, '--import', 'tsx'];
const FOLDER = 'scripts/examples';

/** How each example is started, as it stands. */
const EXAMPLES = {
  econsent: {
    curl: [`${FOLDER}/econsent.sh`],
    Python: [`${FOLDER}/econsent.py`],
    TypeScript: [...TYPESCRIPT, require.resolve('../../../scripts/examples/econsent.ts')],
  },
  attestr: {
    curl: [`${FOLDER}/attestr.sh`],
    Python: [`${FOLDER}/attestr.py`],
    TypeScript: [...TYPESCRIPT, require.resolve('../../../scripts/examples/attestr.ts')],
  },
  baanx: {
    curl: [`${FOLDER}/baanx.sh`],
    Python: [`${FOLDER}/baanx.py`],
    TypeScript: [...TYPESCRIPT, require.resolve('../../../scripts/examples/baanx.ts')],
  },
};
const LANGUAGES = ['curl', 'Python', 'TypeScript'] as const;
type Language = (typeof LANGUAGES)[number];
type Dialect = keyof typeof EXAMPLES;

/** What each example prints. */
const PRINTED: Record<Dialect, string[]> = {
  econsent: [
    'ann: call',
    'ann again: call',
    'ann opted out: 1 revoked',
    'ann: do not call',
    'ann again: do not call',
    'campaign over: 2 revoked',
    'file completed: 1 revoked, 1 not found',
    'line,column,value,reason',
    '3,email,nobody@example.com,not_found',
  ],
  attestr: [
    'credit-check: go on',
    'credit-check: stop',
    'kyc: go on',
    'kyc: stop',
    'a change after that: 4031 Unauthorized access',
    'consent.revoked',
    'consent.modified',
    'consent.created',
  ],
  baanx: [
    'marketing: 1 revoked, complete',
    'outdated: 2 revoked, complete',
    'all: 3 revoked, incomplete',
    'marketing in one call: 1 revoked, complete',
    'outdated in one call: 2 revoked, complete',
    'all in one call: 3 revoked, incomplete',
    '24 records in the audit',
  ],
};

jest.setTimeout(2 * LONG_MS);

let scene: Scene;
let web: Web;

beforeAll(async () => {
  // All of them opt out from one address.
  scene = await openScene({ OPT_OUT_RATE_PER_MINUTE: '1000' });
  [web] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
});
afterAll(() => scene.close());

/** A company and the settings by which an example is that company. */
async function newCompany(options?: Parameters<typeof makeCompany>[1]) {
  const company = await makeCompany(scene.ctx, options);
  const pair = await createApiKey({ ctx: scene.ctx, companyId: company.id, caller: CALLER });
  const settings = {
    ECONSENT_API_TOKEN: company.token,
    ECONSENT_COMPANY_ID: company.id,
    ECONSENT_PROPERTY_ID: company.propertyId,
    ATTESTR_AUTH_TOKEN: Buffer.from(`${pair.client_key}:${pair.secret_key}`).toString('base64'),
    BAANX_CLIENT_KEY: pair.client_key,
    BAANX_SECRET_KEY: pair.secret_key,
  };
  return { company, settings };
}

function example(
  dialect: Dialect,
  language: Language,
  settings: Record<string, string>,
  url = web.url,
): Promise<Ended> {
  return run(EXAMPLES[dialect][language], { ...settings, RESCIND_URL: url });
}

/** What curl says of a connection that breaks before or within the answer, until it tries again. */
const BROKEN =
  /^curl: \((52\) Empty reply from server|18\) transfer closed with \d+ bytes remaining to read)\n/gm;

/** It ended well and printed what it should. */
function expectPrinted(dialect: Dialect, { code, stdout, stderr }: Ended): void {
  const trouble = stderr.replaceAll(BROKEN, '');
  expect({ lines: stdout.trim().split(/\r?\n/), code, trouble }).toEqual({
    lines: PRINTED[dialect],
    code: 0,
    trouble: '',
  });
}

/** What each example has done is in the database, once. */
const expectDone: Record<Dialect, (company: TestCompany) => Promise<void>> = {
  econsent: async (company) => {
    const { certificates, batches } = collections(scene.ctx);
    const mine = { company_id: company.id };
    const all = await certificates.find(mine).toArray();
    expect(all.map(({ opt_out }) => opt_out.method).sort()).toEqual(['api', 'bulk', 'bulk', 'csv']);
    expect(await batches.countDocuments(mine)).toBe(2);
    await allFinished(scene);
    const own = { ...scene, company };
    await expectRevokedOnce(
      own,
      all.map(({ _id }) => _id),
    );
    // Of the two checks of her certificate the one that was refused is free; asking for her never is.
    await expectSpent(own, {
      check_match: { lines: 1, amount_microusd: -15_000 },
      contact_check: { lines: 2, amount_microusd: -30_000 },
    });
  },
  attestr: async (company) => {
    const records = await recordsOf(company);
    expect(new Set(records.map(({ consent_id }) => consent_id)).size).toBe(1);
    expect(records.map(({ status }) => status)).toEqual(['granted', 'granted', 'revoked']);
    expect(records[1]?.terms?.purposes).toEqual(['kyc']);
    await consentsFollowedUp(company, 1);
  },
  baanx: async (company) => {
    const records = await recordsOf(company);
    const statuses = records.map(({ status }) => status);
    expect(statuses).toEqual([...Array(12).fill('granted'), ...Array(12).fill('revoked')]);
    expect(new Set(records.map(({ consent_id }) => consent_id)).size).toBe(12);
    // Six alone in loops, six in three calls.
    await consentsFollowedUp(company, 9);
  },
};

function recordsOf(company: TestCompany) {
  const { consents } = collections(scene.ctx);
  return consents.find({ company_id: company.id }).sort({ version: 1 }).toArray();
}

/** The worker has carried out what follows each revocation. */
async function consentsFollowedUp({ id }: TestCompany, count: number): Promise<void> {
  const { consentRevocations } = collections(scene.ctx);
  const done = () => consentRevocations.countDocuments({ company_id: id, state: 'completed' });
  await until('consents are followed up', async () => (await done()) === count, LONG_MS);
}

const CASES = (Object.keys(EXAMPLES) as Dialect[]).flatMap((dialect) =>
  LANGUAGES.map((language) => [dialect, language] as const),
);

// Most of the time an example waits: for a job, or before it tries again.
test.concurrent.each(CASES)('%s in %s does what it says', async (dialect, language) => {
  const { company, settings } = await newCompany();
  expectPrinted(dialect, await example(dialect, language, settings));
  await expectDone[dialect](company);
});

describe('behind a proxy', () => {
  const proxies: Proxy[] = [];
  afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));

  async function openProxy(options: Parameters<typeof startProxy>[1]): Promise<Proxy> {
    const proxy = await startProxy(web.url, options);
    proxies.push(proxy);
    return proxy;
  }

  test.concurrent.each(CASES)(
    '%s in %s does all of it once though answers get lost',
    async (dialect, language) => {
      const proxy = await openProxy({ loses: true });
      const { company, settings } = await newCompany();
      expectPrinted(dialect, await example(dialect, language, settings, proxy.url));
      expect(proxy.lost()).toBeGreaterThan(1);
      await expectDone[dialect](company);
    },
  );

  test.concurrent.each(LANGUAGES)(
    'in %s a suppression file not carried out is an error',
    async (language) => {
      const rewrite = (text: string) =>
        text
          .replace('"state":"completed"', '"state":"failed"')
          .replace('"error":null', '"error":"why"');
      const proxy = await openProxy({ rewrite });
      const { settings } = await newCompany();
      const { code, stdout, stderr } = await example('econsent', language, settings, proxy.url);
      const lines = stdout.trim().split('\n');
      expect({ code, stderr, lines }).toEqual({
        code: 1,
        stderr: 'file failed: why\n',
        lines: PRINTED.econsent.slice(0, 6),
      });
    },
  );

  test.concurrent.each(LANGUAGES)(
    'in %s it waits when it is told that it calls too often',
    async (language) => {
      const proxy = await openProxy({});
      const { company, settings } = await newCompany({
        settings: { limits: { api_per_second: 1 } },
      });
      expectPrinted('attestr', await example('attestr', language, settings, proxy.url));
      expect(proxy.statuses).toContain(429);
      await expectDone.attestr(company);
    },
  );
});

test.concurrent.each(LANGUAGES)(
  'in %s nobody is called when the wallet is empty',
  async (language) => {
    const { settings } = await newCompany({ balanceMicrousd: 0 });
    const { code, stdout, stderr } = await example('econsent', language, settings);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The wallet is empty: top it up, call nobody\n',
    });
  },
);

test.concurrent.each(CASES)('%s in %s says which error it met', async (dialect, language) => {
  const { settings } = await newCompany();
  const wrong = Object.fromEntries(Object.entries(settings).map(([name]) => [name, 'd3Jvbmc6']));
  const { code, stdout, stderr } = await example(dialect, language, wrong);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const words = {
    econsent: '"error":"Invalid credentials or token"',
    attestr: '4016 Invalid client authorization',
    baanx: 'Invalid client key',
  };
  expect(stderr).toContain(words[dialect]);
});
