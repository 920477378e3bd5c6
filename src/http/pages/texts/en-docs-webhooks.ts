/** The developers' page about webhooks. */
export const docsWebhooks = {
  heading: 'Webhooks',
  intro:
    'Hear of a revocation within seconds: we post a signed message to a URL of yours, and again until it answers 2xx. The format is that of Standard Webhooks, which has libraries in a dozen languages.',
  steps: {
    heading: 'To receive them',
    items: [
      'Add an endpoint: POST /webhooks/endpoints, or in the dashboard under Settings, Webhooks. Its secret is shown once. In production its URL begins with https:// and is on the public internet.',
      'Verify the signature of each message before you read it, over the bytes as they came. Refuse what is older than five minutes.',
      'Leave out a webhook-id that you have handled: a message comes at least once, and can come twice.',
      'Write it down, then answer 2xx, within 15 seconds. Anything else is a failure, a redirect too. With 410 the endpoint is disabled at once.',
      'Try it out: POST /webhooks/endpoints/{endpoint_id}/test sends it an endpoint.test.',
    ],
  },
  message: 'What is posted',
  verify: 'Verify a signature',
  snippet: (language: string) => `the ${language} lines`,
  examples:
    'Complete receivers in TypeScript and Python, without dependencies, are in scripts/examples. They take whoever has opted out off a list of their own.',
  events: {
    heading: 'Events',
    text: 'Ids, methods and times, never what is personal: look the rest up by id. Ignore fields that you do not know: later versions add some.',
    event: 'Event',
    when: 'When',
    data: 'Fields of data',
    sometimes: 'not always',
  },
  retries: {
    heading: 'When an endpoint does not answer 2xx',
    text: 'It is tried up to ten times, each no sooner than this, up to a tenth later, and later still where it asks by Retry-After. After the last try the delivery has failed; it can be delivered again for 30 days. An endpoint that has done nothing but fail for five days is disabled, and your admins are told by mail.',
    try: 'Try',
    after: 'After the one before',
    total: 'In all',
    once: 'At once',
  },
  promises: {
    heading: 'What you can rely on',
    items: [
      {
        what: 'At least once',
        text: 'A message is written down together with what it tells, so that none is lost and none is sent of what did not happen. What was sent and not noted, as a machine died, is sent again: same webhook-id, same body.',
      },
      {
        what: 'Sequence',
        text: '“sequence” counts what your endpoint is sent, without gaps, given when a message is first sent. Four messages are under way at a time, and failed ones come later, so that they can arrive in another order. A number missing for long is in the list of deliveries.',
      },
      {
        what: 'Replay',
        text: 'POST /webhooks/endpoints/{endpoint_id}/replay sends everything again since a time, revocations for as long as they are kept, the rest for 30 days. One message alone: POST /webhooks/deliveries/{delivery_id}/redeliver. What happens while your endpoints are disabled is noted, and replayed if you ask for it. Nothing is noted before you have an endpoint: read what was before from GET /revocations?since=.',
      },
      {
        what: 'Rotation',
        text: 'POST /webhooks/endpoints/{endpoint_id}/rotate gives a new secret. For 24 hours messages have two signatures, by the new one and by the one before, with a space between: one that fits is enough.',
      },
    ],
  },
};
