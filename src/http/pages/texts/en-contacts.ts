/** Contacts: may somebody be contacted now? */
export const contacts = {
  title: 'Contacts',
  lead: 'Ask before a call, a text or an email whether you may contact somebody on the consent that you hold.',
  checkTitle: 'Check a contact',
  contact: 'Email or phone number',
  contactHint: 'Numbers outside the US with their country code, such as +44 20 7946 0018.',
  channel: 'Channel',
  channels: { '': 'All of them', call: 'Call', text: 'Text', email: 'Email' },
  /** After `answers`. */
  channelsOf: { '': '.', call: ' by call.', text: ' by text.', email: ' by email.' },
  consentType: 'Consent type (optional)',
  consentTypeShort: 'Consent type',
  consentTypeHint: 'As you registered it; left out, any type counts.',
  check: 'Check',
  /** Said before it is pressed. */
  costs: (price: string, available: string) =>
    `A check costs ${price}, whatever it says. Your wallet has ${available}.`,
  tooLittle: (price: string, available: string) =>
    `A check costs ${price}, and your wallet has ${available} left. Nothing was checked or charged.`,
  toWallet: 'Top up the wallet',
  verdict: 'Verdict',
  /** In front of the reason. */
  answers: { yes: 'Yes, you may contact them', no: 'No, do not contact them' },
  reasons: {
    consented: 'There is consent, and no opt-out against it.',
    opted_out: 'Opted out since',
    no_consent: 'You hold no consent of this person.',
    other_consent: 'There is consent, but of another type.',
  },
  certificate: 'Certificate',
  given: 'Consent given',
  types: 'Agreed to',
  checkedAt: 'Checked',
  errors: {
    contact:
      'Enter an email address such as name@example.com, or a phone number such as +1 415 555 0100.',
    consentType: 'Use up to 200 characters.',
  },
};
