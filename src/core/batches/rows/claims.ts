import type { RowClaim } from '../../../store/batch-rows';
import type { Batch } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import { type Channel, CHANNELS } from '../../../store/certificates';

/** A certificate and channels of it that a row is the first of its file to name. */
export interface Claim {
  certificate: NamedCertificate;
  /** All three, or those that no earlier row has claimed. */
  channels: readonly Channel[];
  /** What the request opts out of that is made for it; undefined: of everything, which revokes. */
  request: readonly Channel[] | undefined;
}

/** The channels that rows of a file have claimed, by the ids of certificates. */
export class Claimed {
  private readonly channelsOf: Map<string, readonly Channel[]>;

  constructor(before?: Claimed) {
    this.channelsOf = new Map(before?.channelsOf);
  }

  add({ id, channels }: RowClaim): void {
    const before = this.channelsOf.get(id);
    const both = before && new Set([...before, ...channels]);
    this.channelsOf.set(id, both ? CHANNELS.filter((channel) => both.has(channel)) : channels);
  }

  /**
   * Claims what is asked for and not claimed yet.
   * @returns null: earlier rows have claimed all of it
   */
  claim(id: string, asked: readonly Channel[] = CHANNELS): RowClaim | null {
    const before = this.channelsOf.get(id);
    const channels = before ? asked.filter((channel) => !before.includes(channel)) : asked;
    if (channels.length === 0) return null;
    this.add({ id, channels });
    return { id, channels };
  }
}

/** What is remembered of a claim. */
export function toRowClaim({ certificate, channels }: Claim): RowClaim {
  return { id: certificate._id, channels };
}

/** Requests of the same name opt out of the same. */
export function requestName(channels: readonly Channel[] | undefined): string {
  return channels?.join(' ') ?? '';
}

/** Whether rows of a file may opt out of fewer than all channels. */
export function isByChannel({ channels, upload }: Pick<Batch, 'channels' | 'upload'>): boolean {
  return channels !== undefined || upload?.channels_column !== undefined;
}
