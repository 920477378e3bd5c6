import type { Request } from 'express';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { field, fields } from '../pages/page-router';
import type { Texts } from '../pages/texts';

export type Channel = (typeof CHANNELS)[number];

/**
 * What the boxes of a form say; undefined: everything, as a form without them has always meant.
 * Empty: none is ticked.
 */
export function chosenChannels(request: Request): Channel[] | undefined {
  if (field(request, 'by_channel') === '') return undefined;
  const ticked = fields(request, 'channels');
  const channels = CHANNELS.filter((channel) => ticked.includes(channel));
  return channels.length === CHANNELS.length ? undefined : channels;
}

/** Some channels within a sentence. */
export function listed(tag: string, t: Texts, channels: Channel[]): string {
  const names = channels.map((channel) => t.portal.channels.listed[channel]);
  return new Intl.ListFormat(tag).format(names);
}
