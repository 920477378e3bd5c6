import { approveTopUp } from '../../../src/core/top-ups/approve-top-up';
import { declineTopUp } from '../../../src/core/top-ups/end-top-up';
import { listTopUps } from '../../../src/core/top-ups/list-top-ups';
import { updateCompany } from '../../../src/core/companies/update-company';
import { DAY_MS } from '../../../src/lib/durations';
import { moveMoney } from '../../core/wallet/ledger-scene';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { textOf } from '../../helpers/pdf';
import { type Service, startService } from '../../helpers/service';
import { walletOf } from '../../helpers/wallet';
import { type Browser, signedInBrowser } from './scriptless-browser';

const WALLET = '/dashboard/wallet';
const TOP_UP = `${WALLET}/top-up`;
const USD = 1_000_000;

let service: Service;
let company: TestCompany;
let browser: Browser;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx, { balanceMicrousd: 0 });
  browser = await signedInBrowser(service, company);
});

const operationIn = (html: string) => /name="operation_id" value="([^"]+)"/.exec(html)?.[1] ?? '';
const requests = async () => {
  const { waiting, decided } = await listTopUps({ ...service, companyId: company.id });
  return [...waiting, ...decided];
};

/** Opens the form and sends it. */
async function ask(amount_usd: string) {
  const operation_id = operationIn((await browser.get(TOP_UP)).html);
  return browser.post(TOP_UP, { amount_usd, operation_id });
}

describe('a top-up', () => {
  test('is requested by a form, and a redirect leads back to the wallet, which shows it', async () => {
    expect((await browser.get(WALLET)).html).toContain(`href="${TOP_UP}"`);
    const sent = await ask(' $1,250.50 ');
    expect([sent.status, sent.location]).toEqual([303, `${WALLET}?notice=requested`]);
    expect(await requests()).toMatchObject([
      { state: 'requested', amount_microusd: 1_250.5 * USD },
    ]);
    const { html } = await browser.get(sent.location!);
    expect(html).toContain('The top-up was requested.');
    expect(html).toContain('$1,250.50');
    expect(html).toContain('Waiting');
  });

  test('whose form is sent twice is requested once', async () => {
    const operation_id = operationIn((await browser.get(TOP_UP)).html);
    const form = { amount_usd: '20', operation_id };
    await Promise.all([browser.post(TOP_UP, form), browser.post(TOP_UP, form)]);
    expect(await requests()).toHaveLength(1);
  });

  test.each(['', 'much', '12,50', '0.99', '100000.01', '-5', '1e3', '5.1234567'])(
    'of "%s" is refused beside its field, and what was typed stays',
    async (amount) => {
      const { status, html } = await ask(amount);
      expect(status).toBe(400);
      expect(html).toContain('Enter dollars like 250.00, from 1.00 to 100,000.00.');
      expect(html).toMatch(/name="amount_usd"[^>]*aria-invalid="true"/);
      if (amount !== '') expect(html).toContain(`value="${amount}"`);
      expect(await requests()).toEqual([]);
    },
  );

  test('over $10,000 is asked about by its amount, then requested', async () => {
    expect((await ask('10000')).location).toBe(`${WALLET}?notice=requested`);
    const sent = await ask('25000');
    expect(sent.location).toMatch(/^\/dashboard\/wallet\/top-up\/large\?amount_usd=25000&/);
    expect(await requests()).toHaveLength(1);
    const { html } = await browser.get(sent.location!);
    expect(html).toContain('Top up $25,000.00?');
    const confirmed = { amount_usd: '25000', operation_id: operationIn(html), confirmed: '1' };
    await browser.post(TOP_UP, confirmed);
    expect(await requests()).toHaveLength(2);
  });

  test('that waits can be cancelled, and one that was decided cannot', async () => {
    const { ctx } = service;
    await ask('5');
    const [{ request_id: id } = { request_id: '' }] = await requests();
    const { html } = await browser.get(WALLET);
    expect(html).toContain(`action="${WALLET}/top-ups/${id}/cancel"`);
    const cancel = (of = id) => browser.post(`${WALLET}/top-ups/${of}/cancel`, {});
    expect((await cancel()).location).toBe(`${WALLET}?notice=cancelled`);
    expect(await requests()).toMatchObject([{ state: 'cancelled' }]);
    await ask('6');
    const [waiting] = await requests();
    await approveTopUp({ ctx, requestId: waiting!.request_id, caller: CALLER });
    expect((await cancel(waiting!.request_id)).location).toBe(`${WALLET}?notice=decided`);
    expect((await walletOf(ctx, company.id))?.balance_microusd).toBe(6 * USD);
    expect((await cancel('tur_unknown')).status).toBe(404);
  });

  test('that was declined says why, as text', async () => {
    await ask('5');
    const [{ request_id: requestId } = { request_id: '' }] = await requests();
    await declineTopUp({ ...service, requestId, caller: CALLER, reason: 'Not <b>paid</b>.' });
    expect((await browser.get(WALLET)).html).toContain('Not &lt;b&gt;paid&lt;/b&gt;.');
  });

  test('is the admins’ to ask for and to cancel', async () => {
    await ask('5');
    const [{ request_id: id } = { request_id: '' }] = await requests();
    const viewer = await signedInBrowser(service, company, 'viewer');
    const { html } = await viewer.get(WALLET);
    expect(html).not.toContain(TOP_UP);
    expect(html).not.toContain('/cancel');
    expect((await viewer.get(TOP_UP)).status).toBe(403);
    const form = { amount_usd: '5', operation_id: 'op_0123456789012345678901' };
    expect((await viewer.post(TOP_UP, form)).status).toBe(403);
    expect((await viewer.post(`${WALLET}/top-ups/${id}/cancel`, {})).status).toBe(403);
    expect(await requests()).toMatchObject([{ state: 'requested' }]);
  });

  test('leads to the operator’s own page, where the company has one', async () => {
    const input = { top_up_url: 'https://pay.example/acme' };
    await updateCompany({ ...service, companyId: company.id, caller: CALLER, input });
    const { html } = await browser.get(WALLET);
    expect(html).toContain('href="https://pay.example/acme"');
    expect(html).not.toContain(`href="${TOP_UP}"`);
  });
});

describe('a month’s statement', () => {
  const month = new Date().toISOString().slice(0, 7);
  const of = (name: string) => `${WALLET}/statements/${name}`;

  beforeEach(async () => {
    const { ctx } = service;
    const created_at = new Date(Date.now() - 70 * DAY_MS);
    await collections(ctx).companies.updateOne({ _id: company.id }, { $set: { created_at } });
    await moveMoney(ctx, company.id, 'top_up', 2_000_000, new Date());
    await moveMoney(ctx, company.id, 'check_match', -15_000, new Date());
  });

  test('is linked for each month, the open one marked', async () => {
    const { html } = await browser.get(WALLET);
    expect(html.match(/statements\/\d{4}-\d\d\.csv/g)!.length).toBeGreaterThanOrEqual(3);
    expect(html).toMatch(/so far<\/span><\/th><td class="num">\$0\.015<\/td>/);
    expect(html).toContain('$0.015 spent in all');
    expect(html).toContain(`href="${of(`${month}.pdf`)}"`);
  });

  test('is a CSV whose name says which', async () => {
    const { status, received, html } = await browser.get(of(`${month}.csv`));
    expect([status, received.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(received.get('content-disposition')).toContain(`wallet-statement-${month}.csv`);
    expect(html).toMatch(/check_match,1,-0\.015000,/);
    expect(html.trimEnd()).toMatch(/closing_balance_so_far,,,1\.985000$/);
  });

  test('is a PDF with text: company, month, entries, balances; many days take more pages', async () => {
    const { ctx } = service;
    const input = { name: 'Acme (“Ümläut”) 株式会社' };
    await updateCompany({ ...service, companyId: company.id, caller: CALLER, input });
    const pdf = async () => {
      const response = await fetch(service.url + of(`${month}.pdf`), {
        headers: { cookie: browser.cookie() },
      });
      expect(response.headers.get('content-type')).toBe('application/pdf');
      return textOf(Buffer.from(await response.arrayBuffer()));
    };
    const text = await pdf();
    for (const part of [
      'Wallet statement',
      'Acme',
      '????',
      company.id,
      'so far',
      'Match',
      '-0.015',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('Page 1 of 1');
    const kinds = ['check_match', 'check_partial_match', 'session_retention', 'top_up'] as const;
    const first = Date.parse(`${month}-01T00:00:00.000Z`);
    for (let day = 0; day < 28; day++) {
      for (const kind of kinds) {
        await moveMoney(
          ctx,
          company.id,
          kind,
          kind === 'top_up' ? 1_000 : -100,
          new Date(first + day * DAY_MS),
        );
      }
    }
    expect(await pdf()).toMatch(/Page 4 of 4/);
  });

  test('is nobody else’s, and there is none of other months', async () => {
    const other = await signedInBrowser(service, await makeCompany(service.ctx));
    expect((await other.get(of(`${month}.csv`))).html).not.toContain('1.985000');
    for (const name of ['2019-01.csv', '2019-01.pdf', '2999-01.pdf', 'x.csv', `${month}.doc`]) {
      expect([name, (await browser.get(of(name))).status]).toEqual([name, 404]);
    }
    const signedOut = await fetch(service.url + of(`${month}.csv`), { redirect: 'manual' });
    expect(signedOut.status).toBe(303);
  });
});

describe('the amount below which the balance is low', () => {
  const LOW = `${WALLET}/low-balance`;
  const low = async () =>
    (await service.ctx.store.companies.find(company.id))?.low_balance_microusd;

  test('is changed by an admin, which the audit says; 0 turns it off', async () => {
    expect((await browser.get(WALLET)).html).toContain('low below $5.00');
    expect((await browser.get(LOW)).html).toContain('value="5.00"');
    for (const [typed, microusd, shown] of [
      [' $1,250.5 ', 1_250_500_000, 'low below $1,250.50'],
      ['0', 0, 'never said to be low'],
      ['0.000001', 1, 'low below $0.000001'],
    ] as const) {
      const saved = await browser.post(LOW, { low_balance_usd: typed });
      expect([saved.status, saved.location]).toEqual([303, `${WALLET}?notice=lowSaved`]);
      expect(await low()).toBe(microusd);
      expect((await browser.get(WALLET)).html).toContain(shown);
    }
    expect((await browser.get(LOW)).html).toContain('value="0.000001"');
    const { items } = await service.ctx.store.audit.list(company.id, {}, { limit: 1 });
    expect(items[0]).toMatchObject({
      action: 'company.updated',
      reason: 'settings: low_balance_microusd',
      actor: { type: 'user' },
    });
  });

  test.each(['', '-1', 'five', '1e3', '1000000.01', '0.0000001'])(
    'is not changed to “%s”',
    async (typed) => {
      const { status, html } = await browser.post(LOW, { low_balance_usd: typed });
      expect(status).toBe(400);
      expect(html).toContain('Enter dollars like 5.00');
      expect(await low()).toBe(5 * USD);
    },
  );

  test('is not changed by a viewer, nor with the token of another session', async () => {
    const viewer = await signedInBrowser(service, company, 'viewer');
    expect((await viewer.get(WALLET)).html).not.toContain(LOW);
    expect((await viewer.get(LOW)).status).toBe(403);
    expect((await viewer.post(LOW, { low_balance_usd: '1' })).status).toBe(403);
    const forged = { low_balance_usd: '1', form_token: viewer.formToken() };
    expect((await browser.post(LOW, forged)).status).toBe(403);
    expect(await low()).toBe(5 * USD);
  });
});
