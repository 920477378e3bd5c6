/** The English texts of taking two-step sign-in off for somebody who has lost it. */
export const twoStepTexts = {
  title: 'Two-step sign-in',
  on: 'Two-step on',
  off: 'Two-step off',
  takeOff: 'Take two-step off',
  takeOffOne: (email: string) => `Take two-step sign-in off for ${email}`,
  question: (email: string) => `Take two-step sign-in off for ${email}?`,
  note: 'For somebody who has lost both their phone and their recovery codes. Make sure that it is them: their password alone opens the account from then on. They are signed out everywhere.',
  reason: 'Reason',
  reasonHints: {
    company: 'How you made sure. Their company reads it in its audit log.',
    operators: 'How you made sure. It is in the operators’ audit log.',
  },
  wrongReason: 'Enter a reason of up to 900 characters.',
};
