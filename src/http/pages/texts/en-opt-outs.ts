import type { CHANNELS } from '../../../core/certificates/certificate-view';

type Channel = (typeof CHANNELS)[number];

const names: Record<Channel, string> = { call: 'calls', text: 'texts', email: 'emails' };

/** `calls and texts`. */
const listed = (channels: Channel[]): string =>
  new Intl.ListFormat('en').format(channels.map((channel) => names[channel]));

/** What is left of a consent, in words of the dashboard and of the operator's pages. */
export const optOuts = {
  active: 'Active',
  revoked: 'Revoked',
  optedOut: (channels: Channel[]) => `Opted out of ${listed(channels)}`,
  optsOut: 'Opts out of',
  listed,
};
