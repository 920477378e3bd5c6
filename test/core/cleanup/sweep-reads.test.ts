import type { Context } from '../../../src/context';
import { DAY_MS } from '../../../src/lib/durations';
import { collections, database } from '../../helpers/collections';
import { makeCompany, type TestCompany } from '../../helpers/company';
import { aged, cleanupsOf, setPolicy, sweep, theCleanup, withCompanies, YEAR } from './scene';

let ctx: Context;
let company: TestCompany;
const scene = () => ({ ctx, company });

withCompanies((opened) => ({ ctx, company } = opened), 'delete');

/** Sweeps; gives the ids that clean-ups are about. */
async function sweptIds(): Promise<string[]> {
  await sweep(scene());
  return (await cleanupsOf(scene())).flatMap(({ subject_ids }) => subject_ids).sort();
}

/** What the database is asked during `work`. */
async function profiled(work: () => Promise<unknown>) {
  const db = database(ctx);
  const ts = { $gte: new Date() };
  await db.command({ profile: 2 });
  await work().finally(() => db.command({ profile: 0 }));
  const ns = { $not: /system\.profile$/ };
  return db.collection('system.profile').find({ ts, ns }).toArray();
}

/** The same as `operation collection`, in order of the alphabet. */
async function askedFor(work: () => Promise<unknown>): Promise<string[]> {
  return (await profiled(work))
    .map(({ op, ns, command }) => {
      const name = op === 'update' ? op : (Object.keys(command as object)[0] ?? '');
      return `${name} ${String(ns).split('.').at(-1) ?? ''}`;
    })
    .sort();
}

test('a company without a policy costs no read of its own', async () => {
  await sweep(scene());
  const before = await askedFor(() => sweep(scene()));
  for (let i = 0; i < 5; i++) await makeCompany(ctx);
  expect(await askedFor(() => sweep(scene()))).toEqual(before);
  expect(before).toContain('distinct consents');
});

test('of a company of which nothing is due, no more is asked than whether anything is', async () => {
  const left = await askedFor(() => sweep(scene()));
  const other = { ctx, company: await makeCompany(ctx) };
  await setPolicy(other, { action: 'delete', ...YEAR });
  await aged(other, 10);
  const asked = await askedFor(() => sweep(scene()));
  for (const one of left) asked.splice(asked.indexOf(one), 1);
  // Those that are whole, those that are anonymised, and tombstones.
  const certificates = Array<string>(3).fill('find certificates');
  const consents = Array<string>(2).fill('find consents');
  expect(asked).toEqual([...certificates, ...consents, 'find recordings']);
});

test('what is due is found by the index alone', async () => {
  for (let i = 0; i < 3; i++) await aged(scene(), 366);
  const found = await profiled(() => sweep(scene()));
  const ofCompany = { company_id: company.id, data: 'full' };
  const queries = found.filter(({ command }) => command.find === 'certificates');
  const due = queries.find(({ command }) => {
    const { company_id, data } = command.filter as Partial<typeof ofCompany>;
    return company_id === ofCompany.company_id && data === ofCompany.data;
  });
  expect(due).toMatchObject({ docsExamined: 0, nreturned: 3 });
  expect((await theCleanup(scene())).subject_ids).toHaveLength(3);
});

test('what an earlier release noted as paid for is left alone', async () => {
  const paid = await aged(scene(), 366);
  const over = await aged(scene(), 366);
  const until = (days: number) => new Date(Date.now() + days * DAY_MS);
  const { certificates } = collections(ctx);
  const note = (id: string, session_retained_until: Date) =>
    certificates.updateOne(
      { _id: id },
      { $set: { session_retained_until, retention_requests: 1 } },
    );
  await note(paid.id, until(1));
  await note(over.id, until(-1));
  expect(await sweptIds()).toEqual([over.id]);
});

test('where a sweep has died the next one begins, once the lease has lapsed', async () => {
  const { id } = await aged(scene(), 366);
  const { leases } = collections(ctx);
  const dead = (until: Date) =>
    leases.updateOne(
      { _id: 'sweep' },
      { $set: { holder: 'dead', until, cursor: company.id } },
      { upsert: true },
    );
  await dead(new Date(Date.now() + 60_000));
  expect(await sweep(scene())).toBe('under_way');
  await dead(new Date(Date.now() - 1));
  // It had been past this company.
  expect(await sweptIds()).toEqual([]);
  expect(await sweptIds()).toEqual([id]);
});
