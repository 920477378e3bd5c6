import { nameActors } from '../../core/audit/name-actors';
import { batchHistory } from '../../core/batches/batch-history';
import { cancelBatch } from '../../core/batches/cancel-batch';
import { retryBatch } from '../../core/batches/retry-batch';
import { getCompany } from '../../core/companies/get-company';
import type { Context } from '../../context';
import { AppError, type ErrorCode } from '../../errors';
import { reason as reasonSchema } from '../fields';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { actors } from '../pages/texts/en-audit';
import { companyPath } from './company-page';
import {
  backTo,
  type Notice,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  PREFIX,
} from './operator-page';

/** What an operator can do to a batch, what it says then, and whether it can be undone. */
const CHANGES = {
  cancel: { change: cancelBatch, done: 'batchCancelled', danger: true },
  resume: { change: retryBatch, done: 'batchResumed', danger: false },
} as const;
type Change = keyof typeof CHANGES;

/** What to say when a batch cannot be changed so. */
const REFUSALS: Partial<Record<ErrorCode, Notice>> = {
  batch_not_failed: 'batchMovedOn',
  batch_finished: 'batchMovedOn',
  scrub_not_failed: 'batchMovedOn',
  scrub_finished: 'batchMovedOn',
  upload_gone: 'uploadGone',
  insufficient_balance: 'scrubUnfunded',
};

/** The path of a batch's page. */
export function batchPath(batchId: string): string {
  return `${PREFIX}/batches/${encodeURIComponent(batchId)}`;
}

/** A batch with its time line; cancelling and resuming it once that is confirmed. */
export function mountBatch({ ctx, get, post }: OperatorRoutes): void {
  get('/batches/:batch_id', (call) => batchPage(ctx, call));
  for (const verb of Object.keys(CHANGES) as Change[]) {
    get(`/batches/:batch_id/${verb}`, (call) => ask(ctx, call, verb), { adminsOnly: true });
    post(`/batches/:batch_id/${verb}`, (call) => change(ctx, call, verb));
  }
}

async function batchPage(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const batchId = parameter(call, 'batch_id');
  const history = await batchHistory({ ctx, batchId });
  const { batch, events } = history;
  const { invalid, not_found, already_revoked, duplicate } = batch;
  const names = await nameActors({
    ctx,
    companyId: null,
    words: actors,
    actors: [batch.actor, ...events.flatMap(({ by }) => by ?? [])],
  });
  return {
    section: 'batches',
    template: 'operator-pages/batch',
    title: batch.file_name ?? batch.batch_id,
    data: {
      ...history,
      names,
      notRevoked: invalid + not_found + already_revoked + duplicate,
      last: batch.seconds_left === 0,
      path: batchPath(batchId),
      companyPath,
      jobsPath: `${PREFIX}/jobs?${new URLSearchParams({ batch: batchId }).toString()}`,
    },
  };
}

async function ask(
  ctx: Context,
  call: PageCall,
  verb: Change,
  wrong: { typed: string; error: string } | null = null,
): Promise<OperatorPage | Redirect> {
  const batchId = parameter(call, 'batch_id');
  const { batch, canCancel, canResume } = await batchHistory({ ctx, batchId });
  const back = batchPath(batchId);
  if (!(verb === 'cancel' ? canCancel : canResume)) return backTo(call, back, 'batchMovedOn');
  const words = call.t.operator.batch;
  const { heading, text, button } = words[verb];
  return {
    section: 'batches',
    status: wrong ? 400 : 200,
    template: 'operator-pages/confirm',
    title: heading(batch.batch_id),
    data: {
      company: await getCompany({ ctx, companyId: batch.company_id }),
      back,
      action: `${back}/${verb}`,
      hidden: {},
      heading: heading(batch.batch_id),
      text: text(batch),
      button,
      danger: CHANGES[verb].danger,
      reason: { label: words.reason, value: wrong?.typed, error: wrong?.error },
    },
  };
}

async function change(ctx: Context, call: PageCall, verb: Change) {
  const batchId = parameter(call, 'batch_id');
  const why = field(call.request, 'reason').trim();
  if (!reasonSchema.safeParse(why).success) {
    return ask(ctx, call, verb, { typed: why, error: call.t.operator.batch.wrongReason });
  }
  const { batch } = await batchHistory({ ctx, batchId });
  const caller = operatorCaller(call.request);
  try {
    await CHANGES[verb].change({
      ctx,
      companyId: batch.company_id,
      batchId,
      kind: 'any',
      caller,
      why: why === '' ? undefined : why,
    });
  } catch (error) {
    const notice = error instanceof AppError ? REFUSALS[error.code] : undefined;
    if (!notice) throw error;
    return backTo(call, batchPath(batchId), notice);
  }
  return backTo(call, batchPath(batchId), CHANGES[verb].done);
}
