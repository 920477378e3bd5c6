// No collection: the opt-out of a certificate.

/** How a revocation came in, as the audit names it. */
export const REVOCATION_METHODS = [
  'consumer_portal',
  'dashboard',
  'bulk',
  'csv',
  'api',
  // A remembered opt-out, when what it covers is registered later.
  'standing',
] as const;
export type RevocationMethod = (typeof REVOCATION_METHODS)[number];

/** By which a person may be contacted. */
export const CHANNELS = ['call', 'text', 'email'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Set once, never unset. */
export interface OptOut {
  revoke: boolean;
  revoked_at: Date | null;
  method: RevocationMethod | null;
  reason: string | null;
  revocation_id: string | null;
  /** What was opted out of while it was not revoked; absent: nothing. */
  channels?: Channel[];
  /** By which requests, but for the one that revoked it. */
  requests?: ChannelRequest[];
}

/** A request that opted out of some channels of a certificate. */
export interface ChannelRequest {
  revocation_id: string;
  method: RevocationMethod;
  at: Date;
  channels: Channel[];
}

/** Ids of all requests that revoked something, or opted out of some of its channels. */
export function requestsOf(optOut: Pick<OptOut, 'revocation_id' | 'requests'>): string[] {
  const { revocation_id: last, requests = [] } = optOut;
  return [...requests.map(({ revocation_id }) => revocation_id), ...(last === null ? [] : [last])];
}
