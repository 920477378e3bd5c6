import { account } from './en-account';
import { dashboard } from './en-dashboard';
import { frontTexts } from './en-front';
import { docs } from './en-docs';
import { operator } from './en-operator';
import { receipts } from './en-receipts';

/** Every text of every page in English, grouped by area. */
export const en = {
  /** What the language calls itself. */
  language: 'English',
  account,
  dashboard,
  docs,
  operator,
  receipts,
  product: 'Rescind',
  layout: {
    support: 'Who to ask',
    privacy: 'Privacy',
    copy: (what: string) => `Copy ${what}`,
    copied: 'Copied.',
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
      text: 'The service is unavailable for a moment. Nothing was lost: please try again.',
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
      text: 'For your security, forms are accepted from our own pages only.',
    },
  },
  portal: {
    front: frontTexts,
    steps: {
      find: 'Stop calls, texts and emails',
      findText:
        'Enter what you gave to the company. You need no account, and it takes less than a minute.',
      forCompany: (name: string) => `This page was opened for your consent to ${name}.`,
      field: 'Email, phone number or certificate ID',
      fieldHint:
        'Only used to find your consent. A certificate ID begins with EC-; phone numbers from outside the US begin with +.',
      button: 'Find my consent',
      gpc: 'Your browser sends a Global Privacy Control signal. We record it with your request and suggest revoking your consent to all companies.',
      startAgain: 'Start again',
      expired: 'That took a while, so we have forgotten what you entered. Please enter it again.',
    },
    fieldErrors: {
      empty: 'Enter an email address, a phone number or a certificate ID.',
      nothing: (typed: string) =>
        `We could not read “${typed}”. This is not an email address, a phone number or a certificate ID.`,
      email: (typed: string) =>
        `We could not read “${typed}”. Check the email address: it should look like name@example.com.`,
      mobile: (typed: string) =>
        `We could not read “${typed}”. Check the phone number: some digits are missing or wrong, or there are too many.`,
      country: (typed: string) =>
        `We could not read “${typed}”. Outside the US, begin the phone number with + and the country code, as in +44 7911 123456.`,
    },
    notFound: {
      heading: 'We found no consent',
      cutOff:
        'The email address that you entered looks cut off: most end in .com, .org or the like.',
      text: 'No consent was given with what you entered. Try again with another spelling, or with another email address or phone number of yours.',
      remember: {
        heading: 'It may not have reached us yet',
        company: (name: string) =>
          `We can remember that you do not want to be contacted. If ${name} sends us consent that you gave before now, it counts as revoked from the start.`,
        all: 'We can remember that you do not want to be contacted. If a company sends us consent that you gave before now, it counts as revoked from the start.',
        button: 'Remember my choice anyway',
      },
    },
    already: {
      heading: 'Already revoked',
      text: (count: number) =>
        count === 1
          ? 'One consent was given with what you entered, and it has already been revoked. There is nothing left to do.'
          : `${String(count)} consents were given with what you entered, and all of them have already been revoked. There is nothing left to do.`,
      since:
        'Since then we have answered “no” to every company that asks us whether it may contact you on that consent. A company has ten working days at most to stop.',
      stillCalled:
        'If somebody still calls, texts or writes to you after that, tell them the reference number from your confirmation, or that you have revoked.',
      again: 'You can try again with another email address, phone number or certificate ID.',
    },
    found: {
      heading: (count: number, more: boolean) =>
        count === 1
          ? 'We found one consent'
          : `We found ${more ? 'more than ' : ''}${String(count)} consents`,
      text: 'We show only how many there are and when they were given. Anybody could enter your details here, so a company is named only where its own link led you to this page.',
      month: (count: number, month: string) =>
        count === 1
          ? `One consent, given in ${month}`
          : `${String(count)} consents, given in ${month}`,
      named: (name: string) => `With ${name}`,
      others: 'With other companies',
      noneNamed: (name: string) => `None of them is with ${name}.`,
    },
    scope: {
      legend: 'What do you want to revoke?',
      company: (name: string) => `Only my consent to ${name}`,
      all: 'My consent to all companies',
    },
    channels: {
      legend: 'What should stop?',
      names: { call: 'Calls', text: 'Text messages', email: 'Emails' },
      listed: { call: 'calls', text: 'text messages', email: 'emails' },
      hint: 'With all three, your consent is revoked as a whole. Some consents do not tell them apart: these are revoked only then.',
      chooseOne: 'Choose at least one: calls, text messages or emails.',
    },
    revoke: {
      button: 'Revoke consent',
      final: 'This takes effect at once and cannot be undone.',
    },
    blind: {
      heading: 'Revoke consent',
      text: 'For your privacy we do not show whether anything was found. If consent was given with what you entered, the button below revokes it.',
      remembers:
        'We also remember your choice: consent that you gave before now and that reaches us later counts as revoked, too.',
    },
    code: {
      heading: 'Enter your code',
      email:
        'If consent was given with this email address, a six-digit code is on its way to it. It is valid for 10 minutes.',
      mobile:
        'If consent was given with this phone number, a six-digit code is on its way to it. It is valid for 10 minutes.',
      field: 'Six-digit code',
      button: 'Show my consents',
      wrong: 'This is not the code. Check it and try again.',
      over: 'This code is no longer valid. Start again for a new one, or revoke without a code.',
      without: 'Without a code',
      withoutText:
        'You do not need the code to withdraw. Without it we revoke every consent given with what you entered, without showing any.',
      mail: {
        subject: (code: string) => `${code} is your code`,
        heading: (code: string) => `Your code is ${code}`,
        paragraphs: [
          'Enter it on the page where you asked for it to see your consents. It is valid for 10 minutes.',
          'If you did not ask for a code, you can ignore this message: nothing has been changed.',
        ],
      },
    },
    list: {
      heading: 'Your consents',
      text: 'Choose what you want to revoke.',
      more: 'The newest 200 are shown. Revoke these first, then look again.',
      none: 'There is nothing left to revoke.',
      item: (name: string, day: string) => `${name}, given on ${day}`,
      agreed: 'What you agreed to',
      chooseOne: 'Choose at least one consent.',
    },
    done: {
      heading: 'Your consent has been revoked',
      count: (count: number) =>
        count === 1 ? 'One consent was revoked.' : `${String(count)} consents were revoked.`,
      nothingNew: 'There was nothing left to revoke: it had already been done.',
      remembered:
        'We will remember your choice. Consent that you gave before now and that reaches us later counts as revoked from the start.',
      some: {
        heading: (channels: string) => `You have opted out of ${channels}`,
        count: (count: number) =>
          count === 1 ? 'This holds for one consent.' : `This holds for ${String(count)} consents.`,
        nothingNew:
          'No consent was changed: you had opted out of this before, or the consent can only be revoked as a whole. For that, choose all three.',
        remembered:
          'We will remember your choice. It also holds for consent that you gave before now and that reaches us later.',
        nextText:
          'From this moment we answer “no” to every company that asks us whether it may contact you in this way on a consent that this holds for. A company has ten working days at most to stop.',
      },
      company: 'Company',
      reference: 'Reference number',
      time: 'Time',
      keep: 'Keep the reference number: with it we and the company can find your request.',
      save: 'Save this confirmation',
      receipt: {
        save: 'Save your receipt',
        text: 'The receipt is a PDF by which anybody can check, without asking us, that your request was recorded and when. You can get it on this page for 30 days.',
        json: 'The same for programs (JSON)',
        byMail: 'Email me the receipt',
        mailed: {
          sent: 'The receipt is on its way to the email that you entered. It can take a minute.',
          pending: 'The receipt will be ready in a moment. Please press the button once more.',
          limit:
            'Several receipts were sent to this email within the last hour. You can save the receipt here, or try again later.',
        },
        mail: {
          subject: (reference: string) => `Your receipt, ${reference}`,
          heading: 'The receipt of your request',
          text: 'You asked not to be contacted, and for the receipt of that. It is attached: receipt.pdf can be read and printed, receipt.json is the same for programs. Keep this mail; anybody can check the receipt years from now without asking us.',
          ignore:
            'If you have not asked for it, somebody typed this email, maybe by mistake. You need not do anything.',
        },
        pendingHeading: 'Your receipt will be ready in a moment',
        pendingText:
          'Your request is recorded. Its receipt is made from a log that is signed every second or two; this page then downloads it.',
        pendingButton: 'Try again',
        back: 'Back to the confirmation',
      },
      print: 'Print',
      next: 'What happens next',
      nextText:
        'From this moment we answer “no” to every company that asks us whether it may contact you on the consent that you revoked. A company has ten working days at most to stop.',
      stillCalled:
        'If somebody still calls, texts or writes to you after that, tell them this reference number and when you revoked.',
      another: 'Stop something else',
      goneHeading: 'This confirmation can no longer be shown',
      goneText:
        'What you revoked stays revoked. You can look again with what you gave to the company.',
      file: {
        name: 'consent-revoked.txt',
        zone: 'UTC',
        from: (url: string) => `Confirmed by ${url}`,
      },
    },
    oneClick: {
      heading: (name: string) => `Withdraw your consent to ${name}?`,
      text: 'All consent that you gave to this company with the address or number that this link was sent to will be revoked.',
      usedHeading: 'There is nothing left to revoke',
      usedText: (name: string) =>
        `Nothing that you agreed to at ${name} is in force any more. It was revoked before, and stays so.`,
      usedNext: 'Stop something else',
      brokenHeading: 'This link does not work',
      brokenText:
        'It may have been cut off on its way to you. You can still stop calls, texts and emails here.',
    },
  },
};
