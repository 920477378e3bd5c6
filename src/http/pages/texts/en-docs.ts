import type { ErrorCode } from '../../../errors';
import { docsWebhooks } from './en-docs-webhooks';

type By = 'econsent' | 'attestr' | 'baanx';

/** Which dialects tell a refusal, and what its caller can do. */
export interface Advice {
  by: readonly By[];
  todo: string;
}

const ALL: readonly By[] = ['econsent', 'attestr', 'baanx'];
const ECONSENT: readonly By[] = ['econsent'];
const DIALECTS: readonly By[] = ['attestr', 'baanx'];

const all = (todo: string): Advice => ({ by: ALL, todo });
const econsent = (todo: string): Advice => ({ by: ECONSENT, todo });

const WAIT = 'Wait as long as the header Retry-After says, then send it again.';
const ASK_OPERATOR = 'Ask the operator.';
const OWN_LIST = 'Look it up in the list of what you have; ids of others look unknown to you.';

/** What to do about each refusal; null: no call of an API gets it. */
const advice: Readonly<Record<ErrorCode, Advice | null>> = {
  invalid_request: all('Mend the fields that the details name.'),
  unauthenticated: all('Send a token, key pair or pair of ids that is in force.'),
  credentials_missing: { by: DIALECTS, todo: 'Send the key pair of your company.' },
  other_company: econsent('Leave company_id out, or send the token of that company.'),
  third_party_refused: econsent('Ask the company that you named to authorise yours.'),
  service_not_provisioned: all('Ask the operator for this dialect.'),
  ip_not_allowed: all("Call from an address on your company's allowlist, or have it added."),
  same_origin_only: null,
  scope_missing: econsent('Use a token with the scope that the call names.'),
  admin_only: null,
  operator_admin_only: null,
  operator_not_found: null,
  opted_out: econsent('Do not contact this person. It is final.'),
  not_found: all('Compare the path with the reference.'),
  company_not_found: econsent('Compare company_id.'),
  property_not_found: econsent('Compare property_id: it may be revoked.'),
  certificate_not_found: econsent(OWN_LIST),
  session_not_found: econsent(OWN_LIST),
  invitation_not_found: econsent('Make a new link.'),
  user_not_found: econsent(OWN_LIST),
  code_wrong: null,
  code_used: null,
  two_step_off: econsent('Nothing is to be done: it is off.'),
  token_not_found: econsent(OWN_LIST),
  api_key_not_found: econsent(OWN_LIST),
  consent_not_found: { by: DIALECTS, todo: 'Compare the id; in Baanx also the region.' },
  consent_set_not_found: { by: ['baanx'], todo: 'Compare the id and the region.' },
  consent_user_not_found: { by: ['baanx'], todo: 'Compare the id and the region.' },
  consent_revoked: { by: ['attestr'], todo: 'Register a new consent. It is final.' },
  revocation_not_found: econsent(OWN_LIST),
  receipt_not_found: econsent(OWN_LIST),
  webhook_endpoint_not_found: econsent(OWN_LIST),
  webhook_delivery_not_found: econsent(OWN_LIST),
  webhook_endpoint_disabled: econsent('Enable it first.'),
  archive_not_found: null,
  statement_not_found: null,
  top_up_not_found: null,
  top_up_decided: null,
  top_ups_waiting: null,
  batch_not_found: econsent(OWN_LIST),
  scrub_not_found: econsent(OWN_LIST),
  job_not_retryable: null,
  not_on_the_board: null,
  job_moved_on: null,
  hold_not_found: econsent('Name the hold as it was placed.'),
  upload_gone: econsent('Upload the file again.'),
  insufficient_balance: {
    by: ['econsent', 'attestr'],
    todo: 'Top up the wallet; nothing was done or charged.',
  },
  certificate_conflict: econsent('Use a session of its own for each consent.'),
  certificate_removed: econsent('Use a new session.'),
  already_exists: econsent('Choose another id or email.'),
  search_too_long: null,
  selection_changed: null,
  batch_not_previewed: econsent('Look at its state: it runs, or has run.'),
  batch_not_failed: econsent('Look at its state: there is nothing to resume.'),
  batch_finished: econsent('Look at its state: there is nothing to stop.'),
  scrub_not_previewed: econsent('Look at its state: it is being previewed, or has been committed.'),
  scrub_not_failed: econsent('Look at its state: there is nothing to resume.'),
  scrub_finished: econsent('Look at its state: there is nothing to stop.'),
  scrub_unanswered: econsent('Commit it, and wait until its state says that it has ended.'),
  idempotency_running: all('Wait a second, then send the same again.'),
  idempotency_mismatch: all('Use a new key for each request.'),
  method_not_allowed: all('Use a method that the header Allow names.'),
  payload_too_large: all('Send less at a time; long lists go into a CSV file.'),
  unsupported_media_type: all('Send JSON as application/json.'),
  charset_unsupported: all('Send UTF-8.'),
  encoding_unsupported: all('Send gzip, deflate, br or plain.'),
  multipart_required: econsent('Send a form with the field file.'),
  too_many_requests: all(WAIT),
  account_rate_exceeded: all(WAIT),
  api_rate_exceeded: all(WAIT),
  account_daily_exceeded: all('Go on tomorrow, or ask the operator for more.'),
  api_daily_exceeded: all('Go on tomorrow, or ask the operator for more.'),
  token_rate_exceeded: econsent(WAIT),
  token_daily_exceeded: econsent('Go on tomorrow, or use another token.'),
  open_uploads_exceeded: econsent('Wait until a file has finished, or cancel one.'),
  stored_uploads_exceeded: econsent('Wait until older files are deleted.'),
  evidence_exceeded: econsent('Wait until some of it is made, or is an old day’s and gone.'),
  event_streams_exceeded: econsent('Close a stream, or ask for the batch once a second.'),
  archive_damaged: null,
  mail_not_sent: null,
  mail_server_away: null,
  mail_server_refused: null,
  mail_unreadable: null,
  internal: all(`Send it again, under the same Idempotency-Key. ${ASK_OPERATOR}`),
  unavailable: all('Send it again after Retry-After, under the same Idempotency-Key.'),
};

/** The developers' page in English. */
export const docs = {
  title: 'Developers',
  nav: {
    label: 'This page',
    start: 'Quickstart',
    credentials: 'Credentials',
    prices: 'Prices',
    refusals: 'Refusals',
    webhooks: 'Webhooks',
    reference: 'Reference',
  },
  intro: 'Ask before you call, text or write: has this person agreed, and is that still so?',
  home: 'All pages',
  document: 'The OpenAPI document',
  start: {
    heading: 'Quickstart',
    demo: 'These calls are for the demo company and work as they are: paste them into a terminal, or try them here.',
    own: 'Put your own ids in. They are in the dashboard: properties under Properties, certificates under Certificates.',
    steps: ['Check a certificate', 'The consumer opts out', 'Check it again: refused from now on'],
    texts: [
      'The text has to be the one that the consumer saw, word for word. Your company and property stand in the body, so that no token is needed.',
      'No credentials: this is the call behind the public page. It cannot be undone.',
      'After step 2: every check says 403 from the instant the opt-out was answered, free of charge.',
    ],
    /** What is said above an answer of a step that comes too early: one that is not a refusal. */
    early: ['', '', 'Not refused yet: run step 2 first, then this again.'],
    curl: (step: number) => `call ${String(step)}`,
    tryIt: 'Try it',
    answers: 'What it answers',
    next: 'Then make a client of your own',
    nextText:
      'TypeScript, typed by the document. Complete examples in curl, TypeScript and Python are in scripts/examples.',
    client: 'the line that makes a client',
  },
  credentials: {
    heading: 'One credential per dialect',
    dialect: 'Dialect',
    send: 'What to send',
    from: 'Where it comes from',
    rows: [
      {
        dialect: 'eConsent',
        send: 'Authorization: Bearer TOKEN',
        from: 'Dashboard, Settings: a token with the scopes that you need. The five /verify calls take company_id and property_id in the body instead; an opt-out takes none.',
      },
      {
        dialect: 'Attestr',
        send: 'Authorization: Basic base64(CLIENT_KEY:SECRET_KEY)',
        from: 'Dashboard, Settings, API keys: a key pair.',
      },
      {
        dialect: 'Baanx',
        send: 'x-client-key: CLIENT_KEY, x-secret-key: SECRET_KEY',
        from: 'The same key pair.',
      },
    ],
  },
  prices: {
    heading: 'Prices',
    call: 'Call',
    price: 'Price',
    when: 'When',
    names: {
      check: 'Check a consent or a contact',
      scrub_row: 'Scrub a file, by the row',
      session_retention: 'Keep a recording',
      certificate_retention: 'Keep a certificate',
      attestr_revocation: 'Revoke an Attestr consent',
    },
    rules: {
      check: 'Each 200, valid or not; the caller pays',
      scrub_row: 'Each row that can be read, as it is answered',
      session_retention: 'Once per session, for 1,827 days',
      certificate_retention: 'Once per session, for 1,827 days',
      attestr_revocation: 'Once per consent',
    },
    free: 'Everything else is free, above all opting out; so is every refusal. Money comes from the prepaid wallet of your company.',
  },
  refusals: {
    heading: 'What a refusal means',
    text: 'eConsent and the calls of the operator answer {"status", "error"}, Attestr {"httpStatusCode", "code", "message"}, Baanx {"error", "details"}. A dash: this dialect does not refuse for this.',
    meaning: 'Meaning',
    todo: 'What to do',
    retry: 'Worth a retry',
    none: '–',
  },
  webhooks: docsWebhooks,
  reference: {
    heading: 'Reference',
    text: 'Every call with its fields and a real answer. “Authorize” asks for the credential of that dialect, and “Try it out” sends a call.',
    authorize: 'Authorize',
    noScript: 'The reference needs JavaScript; the document does not:',
  },
  advice,
};
