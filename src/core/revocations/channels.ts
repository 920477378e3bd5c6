import { invalid } from '../../errors';
import { type Channel, CHANNELS, type OptOut } from '../../store/certificates';

/** As much of an opt-out as decides. */
type Flags = Pick<OptOut, 'revoke' | 'channels'>;

/**
 * What a request opts out of, in order and each once; undefined: of everything, which revokes.
 * @throws AppError invalid_request naming `channels` when there is none
 */
export function fewerThanAll(asked: Channel[] | undefined): Channel[] | undefined {
  if (asked === undefined) return undefined;
  const channels = CHANNELS.filter((channel) => asked.includes(channel));
  if (channels.length === 0) throw invalid('channels', 'must name at least one channel');
  return channels.length < CHANNELS.length ? channels : undefined;
}

/**
 * Whether any of the channels by which somebody is to be contacted was opted out of.
 * @param channel undefined: by any of them
 */
export function isOptedOut(
  { revoke, channels = [] }: Flags,
  channel: Channel | undefined,
): boolean {
  return revoke || (channel === undefined ? channels.length > 0 : channels.includes(channel));
}

/**
 * Whether nothing is left that a request could opt out of.
 * @param asked undefined: everything
 */
export function isFullyOptedOut(
  { revoke, channels = [] }: Flags,
  asked?: readonly Channel[],
): boolean {
  return revoke || (asked ?? CHANNELS).every((channel) => channels.includes(channel));
}
