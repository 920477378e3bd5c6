import { liftLegalHold } from '../../../src/core/legal-holds/lift-legal-hold';
import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import type { Context } from '../../../src/context';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { CALLER, type TestCompany } from '../../helpers/company';
import { until } from '../../helpers/until';
import {
  aged,
  cleanUp,
  certificateOf,
  named,
  PERSON,
  remains,
  revoke,
  setPolicy,
  sweep,
  sweepAndClean,
  theCleanup,
  withCompanies,
} from './scene';

let ctx: Context;
let company: TestCompany;
const scene = () => ({ ctx, company });

withCompanies((opened) => ({ ctx, company } = opened), 'delete');

/** A context in which something happens as soon as a step is reached. */
function when(step: string, happens: () => Promise<unknown>): Context {
  return {
    ...ctx,
    reach: async (reached) => {
      if (reached === step) await happens();
    },
  };
}

const hold = (input: Partial<Parameters<typeof placeLegalHold>[0]['input']>) =>
  placeLegalHold({
    ctx,
    companyId: company.id,
    caller: CALLER,
    input: { reason: 'case 7', ...input },
  });

describe('changes made after the sweep count', () => {
  let id: string;
  let sessionId: string;
  beforeEach(async () => {
    ({ id, sessionId } = await aged(scene(), 400, PERSON));
    await sweep(scene());
  });

  async function expectNothingRemoved() {
    const cleanup = await theCleanup(scene());
    expect(await cleanUp(ctx, cleanup)).toBe('done');
    expect(await remains(scene(), id)).toBe('full, recording');
    expect(await theCleanup(scene())).toMatchObject({ named: 1, skipped: 1, subject_ids: [] });
    expect(await named(scene(), 'certificate.cleaned')).toEqual([]);
    expect(await named(scene(), 'recording.cleaned')).toEqual([]);
  }

  test.each([
    ['everything', () => ({ all: true as const })],
    ['the certificate', () => ({ certificate_id: id })],
    ['the email', () => ({ user_id: PERSON.email })],
    ['the mobile', () => ({ user_id: PERSON.mobile })],
  ])('a hold on %s', async (_name, subject) => {
    await hold(subject());
    await expectNothingRemoved();
  });

  test.each([
    ['keep', { action: 'keep' }],
    ['another action', { action: 'anonymise' }],
    ['more days', { certificate_days: 500 }],
  ] as const)('a policy of %s', async (_name, change) => {
    await setPolicy(scene(), change);
    await expectNothingRemoved();
  });

  test.each(['session', 'certificate'] as const)('a paid retention: %s', async (kind) => {
    await reserveRetention({ ctx, kind, companyId: company.id, sessionId, caller: CALLER });
    await expectNothingRemoved();
  });

  test('the sweep finds what was skipped once nothing keeps it', async () => {
    await hold({ all: true });
    await expectNothingRemoved();
    const lift = { ctx, companyId: company.id, caller: CALLER };
    await liftLegalHold({ ...lift, input: { all: true } });
    await sweepAndClean(scene());
    expect(await remains(scene(), id)).toBe('removed');
  });

  test('a hold placed between two steps keeps what the second would have removed', async () => {
    const holding = when('cleanup.recording.done', () => hold({ certificate_id: id }));
    await cleanUp(holding, await theCleanup(scene()));
    expect(await remains(scene(), id)).toBe('full');
    expect(await theCleanup(scene())).toMatchObject({
      state: 'done',
      skipped: 1,
      steps: { recording: { cleaned: 1 }, certificate: { state: 'done', cleaned: 0 } },
    });
  });

  test('a hold that is being placed makes the clean-up wait, and counts', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let [conflicts, writing] = [0, false];
    const placing = ctx.store.transaction(async (session) => {
      await ctx.store.companies.guard(company.id, session);
      const key = { _id: `${company.id}:all`, company_id: company.id, scope: 'all' } as const;
      const hold = { ...key, subject_id: null, reason: 'case 7', placed_at: new Date() };
      await ctx.store.accounts.placeHold(hold, session);
      writing = true;
      await released;
    });
    await until('the hold is written', () => writing);
    const { companies } = ctx.store;
    const guard: typeof companies.guard = async (id, session) => {
      try {
        return await companies.guard(id, session);
      } catch (error) {
        conflicts += 1;
        throw error;
      }
    };
    const store = { ...ctx.store, companies: { ...companies, guard } };
    const cleaning = cleanUp({ ...ctx, store }, await theCleanup(scene()));
    await until('a conflict', () => conflicts > 0);
    release();
    await placing;
    expect(await cleaning).toBe('done');
    expect(await remains(scene(), id)).toBe('full, recording');
  });

  test('a hold waits for the clean-up that began before it to commit', async () => {
    let placed: Promise<unknown> = Promise.resolve();
    let order = '';
    const racing: Context = {
      ...ctx,
      reach: (step) => {
        if (step === 'cleanup.certificate.committing') {
          placed = hold({ all: true }).then(() => {
            order += 'held ';
          });
        }
        if (step === 'cleanup.certificate.done') order += 'removed ';
        return Promise.resolve();
      },
    };
    await cleanUp(racing, await theCleanup(scene()));
    await placed;
    expect(order).toBe('removed held ');
    expect(await remains(scene(), id)).toBe('removed');
  });

  test('a retention requested while the certificate is being removed is refused, and costs nothing', async () => {
    let asked: Promise<unknown> = Promise.resolve();
    const racing = when('cleanup.certificate.committing', () => {
      asked = reserveRetention({
        ctx,
        companyId: company.id,
        caller: CALLER,
        kind: 'certificate',
        sessionId,
      }).catch((error: unknown) => error);
      return Promise.resolve();
    });
    await cleanUp(racing, await theCleanup(scene()));
    expect(await asked).toMatchObject({ code: 'session_not_found' });
    expect(await remains(scene(), id)).toBe('removed');
    expect(await ctx.store.retentions.sumReserved(company.id)).toBe(0);
  });

  test.each([
    'cleanup.recording.committing',
    'cleanup.certificate.committing',
    'cleanup.certificate.done',
    'cleanup.indexes.committing',
  ])('a revocation at %s is kept, along with its proof', async (step) => {
    let revoking: Promise<unknown> = Promise.resolve();
    const racing: Context = {
      ...ctx,
      reach: async (reached) => {
        if (reached === step) revoking = revoke(scene(), id);
        // No earlier: within a transaction it would wait for that transaction.
        if (reached.endsWith('done')) await revoking;
      },
    };
    await cleanUp(racing, await theCleanup(scene()));
    expect(await revoking).toMatchObject({ revoked: 1 });
    const { opt_out, data, email_hash } = await certificateOf(scene(), id);
    expect(opt_out).toMatchObject({ revoke: true, method: 'api' });
    expect(data).toBe('removed');
    if (step !== 'cleanup.indexes.committing') expect(email_hash).not.toBeNull();
  });
});
