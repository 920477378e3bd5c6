import type { Context } from '../../context';
import { openToken, sealToken } from '../../lib/sealed-token';

interface Place {
  ctx: Context;
  endpointId: string;
}

/** Seals a secret for the database: a copy of that alone signs nothing. */
export function sealEndpointSecret({
  ctx,
  endpointId,
  secret,
}: Place & { secret: string }): string {
  return sealToken(ctx.config.identifierKeys, purposeOf(endpointId), secret, null);
}

/**
 * Opens what `sealEndpointSecret` has sealed for the same endpoint.
 * @throws Error when none of this process's keys opens it
 */
export function openEndpointSecret({
  ctx,
  endpointId,
  sealed,
}: Place & { sealed: string }): string {
  const { identifierKeys } = ctx.config;
  const secret = openToken(identifierKeys, purposeOf(endpointId), sealed, ctx.now());
  if (typeof secret !== 'string') {
    throw new Error('a webhook secret is sealed under a key that this process does not have');
  }
  return secret;
}

function purposeOf(endpointId: string): string {
  return `secret of webhook endpoint ${endpointId}`;
}
