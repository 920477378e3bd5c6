import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { OPERATOR_LOG } from '../../../src/core/audit/operator-log';
import { updateCompany } from '../../../src/core/companies/update-company';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import { listOperatorAudit } from '../../../src/core/operators/list-operator-audit';
import { removeOperator } from '../../../src/core/operators/remove-operator';
import { makeCompany } from '../../helpers/company';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { invite, IP, makeOperator, TOKEN } from './scene';

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

const audit = async (query: object) => listOperatorAudit({ ctx, query: { limit: 50, ...query } });

test('has by name what is changed at a company, in the transaction of the change', async () => {
  const { id, email, caller } = await makeOperator(ctx);
  const company = await makeCompany(ctx);
  const companyId = company.id;
  const hold = { user_id: 'user-1', reason: 'Case 7' };
  await placeLegalHold({ ctx, companyId, caller, input: hold });
  await updateCompany({ ctx, companyId, caller: TOKEN, input: { name: 'Renamed' } });
  const { entries } = await audit({ company_id: companyId });
  const mine = entries.filter(({ action }) => /hold|updated/.test(action));
  expect(mine).toMatchObject([
    { action: 'company.updated', actor: 'operator', actor_name: 'operator token' },
    {
      action: 'legal_hold.placed',
      actor: `operator:${id}`,
      actor_name: email,
      company_id: companyId,
      reason: 'Case 7',
      ip: IP,
    },
  ]);
  const { items } = await ctx.store.audit.list(companyId, {}, { limit: 2 });
  expect(items.map(({ action, actor }) => [action, actor.id])).toEqual([
    ['company.updated', null],
    ['legal_hold.placed', id],
  ]);
  // The copy itself names nobody: a reason goes with the company's own entry.
  const copies = await ctx.store.audit.list(
    OPERATOR_LOG,
    { about_company_id: companyId },
    { limit: 2 },
  );
  expect(copies.items.map(({ reason }) => reason)).toEqual([null, null]);
  await ctx.store.transaction((session) => ctx.store.audit.blank([items[1]!._id], session));
  const { entries: after } = await audit({ actor: `operator:${id}` });
  expect(after).toMatchObject([{ action: 'legal_hold.placed', reason: null }]);
});

test('neither log has a change that was not made', async () => {
  const company = await makeCompany(ctx);
  const broken = Object.create(ctx, {
    store: {
      value: Object.create(ctx.store, {
        audit: {
          value: {
            ...ctx.store.audit,
            append: async (...args: Parameters<typeof ctx.store.audit.append>) => {
              if (args[0].company_id === OPERATOR_LOG) throw new Error('died');
              await ctx.store.audit.append(...args);
            },
          },
        },
      }) as object,
    },
  }) as Context;
  const input = { name: 'Never' };
  const change = updateCompany({ ctx: broken, companyId: company.id, caller: TOKEN, input });
  await expect(change).rejects.toThrow('died');
  expect((await ctx.store.companies.find(company.id))?.name).not.toBe('Never');
  const { items } = await ctx.store.audit.list(
    company.id,
    { action: 'company.updated' },
    { limit: 1 },
  );
  expect(items).toEqual([]);
});

test('names who is removed by now, and pages by cursor', async () => {
  const { id, email, caller } = await makeOperator(ctx);
  for (let i = 0; i < 3; i++) await invite(ctx, caller);
  await removeOperator({ ctx, caller: TOKEN, operatorId: id });
  const query = { actor: `operator:${id}`, limit: 2 };
  const first = await audit(query);
  const second = await audit({ ...query, cursor: first.next_cursor });
  const all = [...first.entries, ...second.entries];
  expect(all.map((entry) => [entry.action, entry.actor_name])).toEqual(
    Array.from({ length: 3 }, () => ['operator.invited', email]),
  );
  expect(second.next_cursor).toBeNull();
  const [removal] = (await audit({ action: 'operator.removed', limit: 1 })).entries;
  expect(removal).toMatchObject({ actor: 'operator', reason: email, company_id: null });
});
