import type { Context } from '../../context';
import { openToken, sealToken } from '../../lib/sealed-token';

interface Place {
  ctx: Context;
  account: string;
}

/** Seals an account's secret for the database: a copy of that alone makes no codes. */
export function sealSecret({ ctx, account, secret }: Place & { secret: string }): string {
  return sealToken(ctx.config.identifierKeys, purposeOf(account), secret, null);
}

/**
 * Opens what `sealSecret` has sealed for the same account.
 * @throws Error when none of this process's keys opens it
 */
export function openSecret({ ctx, account, sealed }: Place & { sealed: string }): string {
  const secret = openToken(ctx.config.identifierKeys, purposeOf(account), sealed, ctx.now());
  if (typeof secret !== 'string') {
    throw new Error('a two-step secret is sealed under a key that this process does not have');
  }
  return secret;
}

function purposeOf(account: string): string {
  return `two-step secret of ${account}`;
}
