// Collection `certificates`: opting out of some channels.
import { type Channel, type ChannelRequest, CHANNELS, type OptOut } from './opt-outs';

/** Of requests that opt out of fewer than all channels. */
export const CHANNEL_REQUESTS = 'opt_out.requests.revocation_id';

/** That there is something left to opt out of, in what is not revoked. */
export function lacking(channels: Channel[] | undefined): object {
  const all = channels && { 'opt_out.channels': { $not: { $all: channels } } };
  return { 'opt_out.revoke': false, ...all };
}

/** What any of the requests revoked, or opted out of some channels. */
export function flaggedByAny(revocationIds: string[]): object {
  const any = { $in: revocationIds };
  return { $or: [{ 'opt_out.revocation_id': any }, { [CHANNEL_REQUESTS]: any }] };
}

/** Revokes. What was opted out of before stays written down. */
export function revoking(optOut: OptOut): object {
  const fields = Object.entries(optOut) as [string, unknown][];
  return { $set: Object.fromEntries(fields.map(([field, to]) => [`opt_out.${field}`, to])) };
}

/**
 * Adds the channels of a request, as one change: the request that adds the last of them revokes.
 * @param optOut of what it revokes
 */
export function addingChannels(request: ChannelRequest, optOut: OptOut): object[] {
  const before = { $ifNull: ['$opt_out.channels', []] };
  const union = { $setUnion: [before, request.channels] };
  const inOrder = { $filter: { input: CHANNELS, cond: { $in: ['$$this', union] } } };
  const requests = [{ $ifNull: ['$opt_out.requests', []] }, [{ $literal: request }]];
  const isAll = { $eq: [{ $size: '$opt_out.channels' }, CHANNELS.length] };
  const added = {
    $cond: [isAll, { $literal: optOut }, { requests: { $concatArrays: requests } }],
  };
  return [
    { $set: { 'opt_out.channels': inOrder } },
    { $set: { opt_out: { $mergeObjects: ['$opt_out', added] } } },
  ];
}
