/** Every text of every page in English; grouped by area. */
export const en = {
  product: 'Rescind',
  layout: {
    skip: 'Skip to the content',
    working: 'One moment…',
    failed: 'We could not be reached. Check your connection and try again.',
    footer: 'Consent is yours to give and yours to take back.',
  },
  errors: {
    requestId: 'If you ask for help, mention:',
    notFound: { heading: 'Page not found', text: 'There is nothing at this address.' },
    tooMany: {
      heading: 'Too many tries',
      text: 'There were too many requests from your connection. Wait a minute, then try again.',
    },
    unavailable: {
      heading: 'Not available right now',
      text: 'The service is not available for a moment. Nothing was lost: please try again.',
    },
    internal: {
      heading: 'Something went wrong',
      text: 'This was our fault. Please try again.',
    },
    notUnderstood: {
      heading: 'That did not work',
      text: 'What was sent could not be understood. Go back and try again.',
    },
    otherSite: {
      heading: 'Sent from another site',
      text: 'For your safety, forms are accepted from our own pages only.',
    },
  },
};
