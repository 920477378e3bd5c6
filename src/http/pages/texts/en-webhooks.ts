import type { SentEventName } from '../../../core/webhooks/endpoint-fields';
import type { PostFailure } from '../../../lib/posting/exchange';
import { plural } from './en-units';

/** What each event tells. */
const events: Record<SentEventName, string> = {
  'certificate.created': 'A certificate was registered',
  'certificate.revoked': 'Certificates were revoked',
  'consent.revoked': 'Consents were revoked',
  'consent.modified': 'A consent was changed',
  'batch.completed': 'A batch has ended',
  'batch.failed': 'A batch has failed',
  'scrub.completed': 'A scrub has ended',
  'retention.completed': 'Something was retained',
  'cleanup.completed': 'A clean-up has ended',
  'wallet.low_balance': 'The balance is low',
  'endpoint.disabled': 'An endpoint was disabled',
  'endpoint.test': 'Test event',
};

/** Why a delivery, or one try of it, has failed. */
const failures: Record<PostFailure | 'status', string> = {
  status: 'Answered, but not 2xx',
  url_refused: 'The URL may not be called',
  dns_failed: 'Its name was not found',
  address_refused: 'Its name leads to a private address',
  connect_failed: 'No connection',
  tls_failed: 'No secure connection: look at its certificate',
  timed_out: 'No answer within 15 seconds',
  closed: 'Hung up before it answered',
  bad_answer: 'What came was not HTTP',
  stopped: 'Stopped by us',
};

/** Why a try has failed, in words. */
export const failureText = (code: string): string =>
  Object.hasOwn(failures, code) ? failures[code as keyof typeof failures] : code;

const many = (count: number, max: number) =>
  count > max ? `more than ${max.toLocaleString('en')}` : count.toLocaleString('en');

const deliveries = (count: number, max: number) =>
  count > max ? `${many(count, max)} deliveries` : plural(count, 'delivery', 'deliveries');

/** The English texts of the dashboard about webhooks. */
export const webhooks = {
  title: 'Webhooks',
  caption: 'Endpoints',
  empty:
    'With a webhook your systems hear of a revocation within seconds: we post a signed message to a URL of yours, and again until it answers that it has it. Add the URL of a program that is to hear of revocations, ended batches or a low balance.',
  endpoint: 'Endpoint',
  health: 'Health',
  healths: {
    new: 'Nothing sent yet',
    working: 'Working',
    failing: 'Failing',
    disabled: 'Disabled',
  },
  since: 'since',
  events: 'Events',
  eventNames: events,
  allEvents: 'All',
  lastSuccess: 'Last success',
  lastFailure: 'Last failure',
  never: 'Never',
  waiting: 'Waiting',
  many,
  deliveriesLink: 'All deliveries',
  failure: failureText,
  /** How a try ended. */
  outcome: ({ status, failure }: { status: number | null; failure: string | null }) =>
    status !== null && (failure === null || failure === 'status')
      ? `Answered ${String(status)}`
      : failureText(failure ?? ''),

  add: 'Add an endpoint',
  addButton: 'Add endpoint',
  url: 'URL',
  urlHint: 'Begins with https:// and answers a POST with 2xx within 15 seconds.',
  urlWrong: (message: string) =>
    `The URL ${message}.`.replace('The URL cannot be added: a', 'No more can be added: a'),
  which: 'Events that it is sent',
  whichAll: 'All, also those that later versions add',
  whichSome: 'Only these:',
  eventsWrong: 'Choose at least one event of the list, or all.',
  description: 'Description (optional)',
  descriptionShort: 'Description',
  descriptionWrong: 'Use up to 200 characters.',
  made: (host: string) => `Copy the secret of the endpoint at ${host} now.`,
  rotatedSecret: (host: string) => `Copy the new secret of the endpoint at ${host} now.`,
  secret: 'Secret',

  id: 'Endpoint ID',
  added: 'Added',
  sequence: 'Messages sent',
  failingSince: 'Failing since',
  disabledAt: 'Disabled',
  secretUntil: 'Secret before',
  signsUntil: (until: string) => `signs along until ${until}`,
  failingNote: (since: string) =>
    `It has taken nothing since ${since}. Each message is tried ten times over three days; after five days of nothing but failure the endpoint is disabled.`,
  disabledBecause: {
    by_company: 'Somebody of your company has disabled it.',
    gone: 'It was disabled because it answered 410: it wants no more messages.',
    failing: 'It was disabled because it had taken nothing for five days.',
  },
  disabledNote: 'It is sent nothing. Once it is enabled again, you can replay what it has missed.',
  replaying: (since: string) => `Events since ${since} are being sent again.`,
  latest: 'Latest deliveries',
  noDeliveries: 'Nothing was delivered in the last 30 days, and nothing waits.',
  test: 'Send test event',
  enable: 'Enable',
  disable: 'Disable',
  rotate: 'Rotate secret',
  remove: 'Remove',
  change: 'Change the endpoint',
  changeButton: 'Save',
  notices: {
    tested: 'A test event is on its way. Reload the page to see it among the deliveries.',
    enabled: 'The endpoint is enabled. Replay what it has missed meanwhile.',
    disabled: 'The endpoint is disabled.',
    changed: 'Saved.',
    removed: 'The endpoint was removed.',
    replayed: 'The events are sent again, the oldest first.',
    again: 'The delivery is sent again. Reload the page to see how that went.',
    off: 'This endpoint is disabled by now: enable it first.',
  },

  replay: 'Replay',
  replayText:
    'Sends everything again that has happened since a time. Revocations are there as long as they are kept, other events for 30 days.',
  replaySince: 'Since',
  replayHint: (zone: string) => `Date and time, in the zone ${zone}.`,
  replayWrong: 'Enter a date and a time that have passed, such as 2026-11-27 13:00.',
  replayButton: 'Replay …',
  replayTitle: (count: number, max: number) =>
    count > max
      ? `Send more than ${max.toLocaleString('en')} events again?`
      : `Send ${plural(count, 'event', 'events')} again?`,
  replayNote: (host: string, since: string) =>
    `${host} is sent everything since ${since} again, under the same ids: a receiver that remembers each webhook-id takes none twice.`,
  replayConfirm: 'Send again',

  removeTitle: (host: string) => `Remove the endpoint at ${host}?`,
  disableTitle: (host: string) => `Disable the endpoint at ${host}?`,
  stops: (count: number, max: number) =>
    count === 0
      ? 'It is sent nothing from then on.'
      : `It is sent nothing from then on, and what waits for it is given up: ${deliveries(count, max)}.`,
  removeNote: 'Its secret is deleted. This cannot be undone.',
  disableNote: 'You can enable it again, and replay what it has missed.',
  rotateTitle: (host: string) => `Rotate the secret of the endpoint at ${host}?`,
  rotateNote:
    'You get a new secret, shown once. The one of now signs along for 24 hours, so that your receiver can change over without missing a message.',
  rotateTwice: 'The one before that, which still signs along, stops at once.',

  deliveries: {
    title: 'Deliveries',
    caption: 'Deliveries, newest first',
    note: 'of the last 30 days',
    any: 'Any',
    status: 'Status',
    statuses: {
      waiting: 'Waiting',
      delivered: 'Delivered',
      failed: 'Failed',
      discarded: 'Given up',
    },
    button: 'Filter',
    clear: 'Clear',
    empty: 'No delivery was found.',
    event: 'Event',
    lastAnswer: 'Last answer',
    tries: 'Tries',
    created: 'Created',
    removed: 'removed endpoint',
    notTried: 'Not tried yet',
  },

  delivery: {
    id: 'Delivery ID',
    messageId: 'webhook-id',
    sequence: 'Sequence',
    notSent: 'given when it is first sent',
    delivered: 'Delivered',
    next: 'Next try',
    discardedNote: 'Given up, as its endpoint was disabled or removed before it was delivered.',
    failedNote: 'Given up after the last try. You can send it again.',
    again: 'Send again',
    attempts: 'Tries, newest first',
    at: 'Time',
    outcome: 'Outcome',
    ms: 'Took',
    answer: 'Answer, its first KiB',
    show: 'Show',
    noAnswer: 'empty',
    noAttempts: 'It has not been tried yet.',
    asSent: 'As it was sent last',
    toBeSent: 'As it will be sent',
    headers: 'Headers',
    unsigned: 'Its secret has been replaced or removed since, so the signature cannot be shown.',
    payload: 'Payload',
    gone: 'Its event is no longer kept.',
    verify: 'Verify this signature',
    verifyNote:
      'With the secret of the endpoint. The first two also refuse messages that are older than five minutes; the last has the values of this delivery.',
  },
};
