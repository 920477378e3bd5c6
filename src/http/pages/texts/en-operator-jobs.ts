import type { JobView, ListedState } from '../../../core/jobs/list-jobs';

const jobs = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'job' : 'jobs'}`;

const states = {
  failed: 'Failed',
  retrying: 'Waiting for their next try',
  scheduled: 'Scheduled',
  waiting: 'Waiting',
  active: 'Under way',
} satisfies Record<ListedState, string>;

/** The English texts of the operator's pages of jobs. */
export const jobTexts = {
  title: 'Jobs',
  board: 'Open the queue board',
  noRedis: 'Redis does not answer, so the jobs cannot be shown. No recorded work is lost.',
  counts: 'Jobs by queue and state',
  countOf: (count: number, state: string, queue: string) =>
    `${count.toLocaleString('en')}, ${state}, ${queue}`,
  paused: 'Paused',
  delayed: 'Delayed',
  job: 'Job',
  queue: 'Queue',
  kind: 'Kind',
  state: 'State',
  states,
  otherStates: { completed: 'Completed', unknown: 'Moving' } satisfies Record<
    Exclude<JobView['state'], ListedState>,
    string
  >,
  company: 'Company',
  companyId: 'Company ID',
  noCompany: 'For all companies, or what it works on is gone',
  several: (count: number) => `${count.toLocaleString('en')} companies`,
  batch: 'Batch ID',
  age: 'Enqueued',
  over: (duration: string) => `over ${duration} ago`,
  any: 'Any',
  show: 'Show',
  clear: 'Show failed ones',
  wrong: 'Choose or enter another one.',
  empty: {
    failed: 'No job has failed.',
    retrying: 'No job waits for its next try.',
    scheduled: 'No job is scheduled.',
    waiting: 'No job is waiting.',
    active: 'No job is under way.',
  } satisfies Record<ListedState, string>,
  noneYet: 'None among those that were looked at: go on to another page.',
  bounds: (looked: number, bound: number) =>
    `${jobs(looked)} looked at. A page lists up to 50, looks at up to ${bound.toLocaleString('en')} and goes on with the next.`,
  attempts: 'Attempts',
  error: 'Error',
  enqueued: 'Enqueued',
  tried: 'Last attempt',
  retry: { failed: 'Retry', retrying: 'Try now' },
  retryOne: (kind: string, id: string) => `Retry ${kind} ${id}`,
  back: 'All jobs',
  many: {
    button: { failed: 'Retry all of these', retrying: 'Try all of these now' },
    heading: {
      failed: (count: number) => `Retry ${jobs(count)}?`,
      retrying: (count: number) => `Try ${jobs(count)} now?`,
    },
    note: {
      failed:
        'Each gets all its attempts again. As long as the cause is there, they will fail again.',
      retrying: 'They do not wait for their next try.',
    },
    more: 'There may be more: do this again afterwards.',
    fields: { queue: 'Queue', kind: 'Kind', company: 'Company', batch: 'Batch', age: 'Enqueued' },
    confirm: {
      failed: (count: number) => `Retry ${jobs(count)}`,
      retrying: (count: number) => `Try ${jobs(count)} now`,
    },
    result: ({ done, moved, left }: { done: number; moved: number; left: number }) =>
      [
        `${jobs(done)} tried again.`,
        ...(moved > 0 ? [`${jobs(moved)} had moved on meanwhile.`] : []),
        ...(left > 0 ? [`Redis stopped answering: ${jobs(left)} left as they were.`] : []),
      ].join(' '),
  },
};
