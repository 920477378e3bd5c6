/** The English texts of the operator's page of top-ups. */
export const topUpTexts = {
  title: 'Top-ups',
  text: 'What companies asked for and nobody has decided yet, oldest first. Approving adds the money to the wallet at once.',
  empty: 'No company waits for a top-up.',
  waiting: 'Requested top-ups',
  amount: 'Amount',
  company: 'Company',
  by: 'By',
  at: 'Requested',
  actions: 'Approve or decline',
  approve: 'Approve',
  approveOne: (amount: string, company: string) => `Approve ${amount} for ${company}`,
  decline: 'Decline',
  declineOne: (amount: string, company: string) => `Decline ${amount} for ${company}`,
  declineTitle: (amount: string, company: string) => `Decline ${amount} for ${company}`,
  reason: 'Reason, which the company reads',
  reasonWrong: 'Say why, in at most 500 characters.',
};
