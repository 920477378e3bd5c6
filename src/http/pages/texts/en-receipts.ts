/** What kinds of receipts say, and do not say. */
const kinds = {
  revocation: {
    title: 'Receipt of a request to withdraw consent',
    lead: (company: string, time: string) =>
      `A request to withdraw consent given to ${company} was recorded on ${time}.`,
    proves: [
      'That this request, about what is listed above, was recorded at this time for this company, and how it came in.',
      'That the record has not been changed since: it is part of an append-only log whose state at a later moment, the checkpoint below, is signed.',
    ],
  },
  check: {
    title: 'Receipt of a check of consent',
    lead: (company: string, time: string) =>
      `A check by ${company} whether somebody had consented was answered on ${time}, and the answer was recorded.`,
    proves: [
      'That this company asked about this certificate or contact at this time, and was given this answer.',
      'That the record has not been changed since: it is part of an append-only log whose state at a later moment, the checkpoint below, is signed.',
    ],
  },
  scrub: {
    title: 'Receipt of a list of contacts that was checked',
    lead: (company: string, time: string) =>
      `A list that ${company} had checked, for whom it may contact, was answered by ${time}, and that was recorded.`,
    proves: [
      'That so many rows were answered for this company by this time, how many of them may be contacted, and that the file of answers has this SHA-256, where it is shown.',
      'That the record has not been changed since: it is part of an append-only log whose state at a later moment, the checkpoint below, is signed.',
    ],
  },
  request: {
    title: 'Receipt of a request not to be contacted',
    lead: (_company: string, time: string) =>
      `A request to withdraw consent was recorded on the portal for consumers on ${time}.`,
    proves: [
      'That a request for this email, phone number or certificate ID was recorded at this time, and which consent it withdrew where that is listed above.',
      'That the record has not been changed since: it is part of an append-only log whose state at a later moment, the checkpoint below, is signed.',
    ],
  },
};

/** The English texts of receipts that people read. */
export const receipts = {
  kinds,
  recorded: 'What was recorded',
  what: 'What',
  events: {
    'certificate.revoked': 'Consent was withdrawn',
    'certificate.channels_revoked': 'Consent was withdrawn for some channels',
    'consent.revoked': 'Consent was withdrawn',
    'opt_out.remembered':
      'An opt-out was recorded; it also holds for older consent that arrives later',
    'opt_out.requested': 'Somebody asked not to be contacted, and withdrew consent given before',
    check_match: 'Whether a text is what was consented to',
    check_partial_match: 'Whether a text contains what was consented to',
    contact_check: 'Whether somebody may be contacted',
    'scrub.answered': 'Whether the people in a list may be contacted',
    contact_scrub: 'Whether the people in a list may be contacted',
  } as Readonly<Record<string, string>>,
  time: 'When',
  company: 'Company',
  actor: 'By whom',
  actors: {
    consumer: 'The consumer',
    operator: 'The operator of the service',
    system: 'The service itself',
    token: 'A program or person with a token of the company',
    property: 'A property of the company',
    api_key: 'A program with a key pair of the company',
    user: 'A user of the company',
  } as Readonly<Record<string, string>>,
  method: 'How',
  methods: {
    consumer_portal: 'Portal for consumers',
    dashboard: 'Dashboard of the company',
    bulk: 'List sent by the company',
    csv: 'CSV file sent by the company',
    api: 'Call of the API',
    standing: 'Earlier opt-out',
  } as Readonly<Record<string, string>>,
  identifier: 'Identifier',
  channels: 'Channels',
  channelNames: { call: 'calls', text: 'text messages', email: 'emails' } as Readonly<
    Record<string, string>
  >,
  reference: 'Reference number',
  ip: 'IP address',
  reason: 'Reason given',
  answer: 'Answer',
  answers: {
    valid: 'Valid: the consent stood, and the texts were the same',
    not_valid: 'Not valid: the texts were different',
    consented: 'May be contacted: there was consent',
    opted_out: 'May not be contacted: opted out',
    no_consent: 'May not be contacted: there was no consent',
    other_consent: 'May not be contacted: there was consent, but not for this',
  } as Readonly<Record<string, string>>,
  rows: 'Rows answered',
  allowed: 'May be contacted',
  resultBytes: 'Size of result.csv in bytes',
  resultHash: 'SHA-256 of result.csv',
  subjects: 'About',
  hidden: 'Not shown: only a hash of it is in the record',
  more: (count: number) =>
    count === 1 ? 'and one more, in receipt.json' : `and ${String(count)} more, in receipt.json`,
  hashed:
    'An email or phone number is named by its SHA-256, so that this page names nobody. To compare:',
  proves: 'What this proves',
  provesNot: 'What this does not prove',
  not: {
    always: [
      'That the person really had consented before, or who used their email, phone number or device.',
      'That the clock was right beyond the log’s own order, or that a call or message was not made.',
      'Anything about other people, certificates or requests: the log has hashes of them only.',
    ],
    ofCompany:
      'The names of companies above are from the service’s files; the record itself has the ID.',
    ofRequest: [
      'Whether any company had consent from this person, which companies, or how many: it looks the same for everybody who has not shown by a code who they are.',
      'Who made the request: anybody can type an email or a number into the portal.',
    ],
  },
  place: 'Where it is in the log',
  log: 'Log',
  record: 'Record',
  recordOf: (index: number, size: number) => `${String(index)}, counted from 0, of ${String(size)}`,
  root: 'Root hash of the checkpoint (SHA-256)',
  key: 'Key that signed (Ed25519)',
  verify: 'How to verify it',
  attached:
    'Attached to this PDF are receipt.json (the whole receipt), record.json (the exact bytes of the record), record.sig (their signature) and key.pem (the public key). A PDF reader lists them under “Attachments”; save them to a folder.',
  program:
    'The whole receipt is verified by a program of eighty lines that needs Node.js and asks nobody:',
  openssl: 'The signature of the record alone is verified by OpenSSL 3:',
  trust: (keys: string) =>
    `Trust the key, not this page: compare it with what the service publishes at ${keys}, or with a copy of that from before the dispute. Standards: RFC 6962 and RFC 9162 (Merkle trees), C2SP tlog-checkpoint and signed-note, names of ISO/IEC TS 27560.`,
  page: (page: number, of: number) => `Page ${String(page)} of ${String(of)}`,
};
