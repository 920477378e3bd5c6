/** The English texts of the front door. */
export const frontTexts = {
  title: 'Welcome',
  heading: 'Consent, and how to take it back',
  lead: 'Rescind keeps the proof of who has agreed to be contacted by a business, and lets everybody take that back.',
  doors: {
    consumer: {
      heading: 'Stop calls, texts and emails',
      text: 'Find out whether you have agreed to be contacted, and take that back. You need no account, and it takes less than a minute.',
    },
    company: {
      heading: 'I work for a business',
      text: 'Sign in to see your certificates, revocations and wallet.',
    },
    developer: {
      heading: 'I am a developer',
      text: 'Read how to register, check and revoke consent through the API.',
    },
    operator: {
      heading: 'I run this service',
      text: 'See its health, and look after companies and their money.',
    },
  },
};
