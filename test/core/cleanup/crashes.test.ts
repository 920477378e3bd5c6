import { placeLegalHold } from '../../../src/core/legal-holds/place-legal-hold';
import type { Context } from '../../../src/context';
import { AppError } from '../../../src/errors';
import { CLEANUP_STEPS } from '../../../src/store/cleanups';
import { CALLER, type TestCompany } from '../../helpers/company';
import { crashAt } from '../revocations/crash-at';
import {
  aged,
  asRemoved,
  cleanUp,
  certificateOf,
  hasRecording,
  named,
  PERSON,
  remains,
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

const CRASHES = [
  'cleanup.archive.written',
  'cleanup.archive.done',
  'cleanup.recording.committing',
  'cleanup.recording.done',
  'cleanup.certificate.committing',
  'cleanup.certificate.done',
  'cleanup.indexes.committing',
  'cleanup.indexes.done',
  'cleanup.traces.ledger',
  'cleanup.traces.committing',
  'cleanup.traces.done',
  'cleanup.completed',
];

test.each(CRASHES)(
  'after a crash at %s the clean-up is finished, and in the audit once',
  async (step) => {
    await setPolicy(scene(), { action: 'archive' });
    const ids = [(await aged(scene(), 400, PERSON)).id, (await aged(scene(), 400)).id].sort();
    await sweep(scene());
    const cleanup = await theCleanup(scene());
    // A process that has died records no failure.
    const crashing = crashAt(ctx, step);
    crashing.store = {
      ...ctx.store,
      cleanups: { ...ctx.store.cleanups, failStep: () => Promise.reject(new Error('dead')) },
    };
    await expect(cleanUp(crashing, cleanup)).rejects.toThrow();
    const outcomes = await Promise.all([cleanUp(ctx, cleanup), cleanUp(ctx, cleanup)]);
    expect(outcomes.every((outcome) => ['done', 'already_done'].includes(outcome))).toBe(true);
    expect(await theCleanup(scene())).toMatchObject({ state: 'done', skipped: 0, failed: false });
    for (const id of ids) {
      expect(await certificateOf(scene(), id)).toMatchObject({ data: 'removed', email_hash: null });
      expect(await hasRecording(scene(), id)).toBe(false);
    }
    expect(await named(scene(), 'certificate.cleaned')).toEqual(asRemoved(scene(), ids));
    expect(await named(scene(), 'recording.cleaned')).toEqual(asRemoved(scene(), ids));
  },
);

test('a failed step is visible, the others still run, and the next attempt does the rest', async () => {
  const { id } = await aged(scene(), 400, PERSON);
  await sweep(scene());
  const cleanup = await theCleanup(scene());
  const broken = {
    ...ctx.store,
    recordings: {
      ...ctx.store.recordings,
      deleteMany: () => Promise.reject(new AppError('internal')),
    },
  };
  await expect(cleanUp({ ...ctx, store: broken }, cleanup)).rejects.toMatchObject({
    code: 'internal',
    retryable: true,
  });
  expect(await theCleanup(scene())).toMatchObject({
    state: 'pending',
    failed: true,
    completed_at: null,
    steps: {
      recording: { state: 'failed', error: 'internal', cleaned: 0 },
      certificate: { state: 'done', cleaned: 1 },
      indexes: { state: 'done' },
    },
  });
  expect(await ctx.store.cleanups.countFailed()).toBe(1);
  expect(await remains(scene(), id)).toBe('removed, recording');
  // A hold comes too late for what belongs to a certificate that was removed.
  await placeLegalHold({
    ctx,
    companyId: company.id,
    caller: CALLER,
    input: { all: true, reason: 'case 7' },
  });
  expect(await cleanUp(ctx, cleanup)).toBe('done');
  expect(await remains(scene(), id)).toBe('removed');
  expect(await ctx.store.cleanups.countFailed()).toBe(0);
  expect(await named(scene(), 'recording.cleaned')).toEqual([id]);
});

test('hashes are not removed before there is a tombstone', async () => {
  const { id } = await aged(scene(), 400, PERSON);
  await sweep(scene());
  const cleanup = await theCleanup(scene());
  const broken = {
    ...ctx.store,
    certificates: {
      ...ctx.store.certificates,
      remove: () => Promise.reject(new Error('a message with jo@example.com in it')),
    },
  };
  await expect(cleanUp({ ...ctx, store: broken }, cleanup)).rejects.toThrow();
  const { steps } = await theCleanup(scene());
  expect(steps.certificate).toMatchObject({ state: 'failed', error: 'internal' });
  expect(steps.indexes.state).toBe('pending');
  expect((await certificateOf(scene(), id)).email_hash).not.toBeNull();
  expect(await cleanUp(ctx, cleanup)).toBe('done');
  expect((await certificateOf(scene(), id)).email_hash).toBeNull();
});

test('an unknown clean-up is gone; a finished one stays as it is', async () => {
  expect(await cleanUp(ctx, { _id: 'cln_none' } as never)).toBe('gone');
  await aged(scene(), 400);
  await sweepAndClean(scene());
  const before = await theCleanup(scene());
  expect(await cleanUp(ctx, before)).toBe('already_done');
  expect(await theCleanup(scene())).toEqual(before);
  for (const step of CLEANUP_STEPS)
    expect(['done', 'not_needed']).toContain(before.steps[step].state);
});
