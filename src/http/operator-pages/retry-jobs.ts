import { z } from 'zod';
import { countRetryable, retryJobs, type RetryFilter } from '../../core/jobs/retry-jobs';
import type { Context } from '../../context';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { jobFilterOf, type TypedJobs } from './job-filters';
import { backTo, type OperatorPage, type OperatorRoutes, PREFIX } from './operator-page';

const PATH = `${PREFIX}/jobs`;
const counted = z.object({ count: z.coerce.number().int().min(0), at: z.iso.datetime() });

/** Trying many jobs again: first how many there would be, then those alone. */
export function mountRetryJobs({ ctx, get, post }: OperatorRoutes): void {
  get('/jobs/retry', (call) => ask(ctx, call), { adminsOnly: true });
  post('/jobs/retry', (call) => retry(ctx, call));
}

async function ask(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { typed, filter } = retryable(call);
  if (!filter) return { redirect: call.link(listed(typed)) };
  const { count, more, at } = await countRetryable({ ctx, filter });
  if (count === 0) return backTo(call, PATH, 'noJobs');
  const w = call.t.operator.jobs.many;
  return {
    section: 'jobs',
    template: 'operator-pages/retry-jobs',
    title: w.heading[filter.state](count),
    data: {
      state: filter.state,
      count,
      more,
      given: Object.entries(typed).filter(([name, text]) => name !== 'state' && text !== ''),
      action: `${PATH}/retry?${new URLSearchParams(typed).toString()}`,
      hidden: { count: String(count), at: at.toISOString() },
      back: listed(typed),
    },
  };
}

/** The filter stands in the URL of the form; what was counted and when, in the form. */
async function retry(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { typed, filter } = retryable(call);
  const { request } = call;
  const seen = counted.safeParse({ count: field(request, 'count'), at: field(request, 'at') });
  if (!filter || !seen.success) return ask(ctx, call);
  const before = new Date(seen.data.at);
  const caller = operatorCaller(request);
  const { done, left } = await retryJobs({ ctx, filter, before, caller });
  // Also those that had gone between the count and now.
  const moved = Math.max(0, seen.data.count - done - left);
  const result = { done: String(done), moved: String(moved), left: String(left) };
  return { redirect: call.link(listed({ ...typed, ...result })) };
}

/** @returns without a filter, what was typed names nothing that can be tried again */
function retryable(call: PageCall): { typed: TypedJobs; filter: RetryFilter | null } {
  const { typed, filter, wrong } = jobFilterOf(call.request);
  const { state } = filter;
  const can = wrong.length === 0 && (state === 'failed' || state === 'retrying');
  return { typed, filter: can ? { ...filter, state } : null };
}

function listed(query: Record<string, string>): string {
  return `${PATH}?${new URLSearchParams(query).toString()}`;
}
