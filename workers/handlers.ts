import type { Handlers } from './handler';
import { carryOutRetention } from './handlers/carry-out-retention';
import { followUpRevocation } from './handlers/follow-up-revocation';
import { makeStatements } from './handlers/make-statements';
import { proveAudit } from './handlers/prove-audit';
import { reconcileWallets } from './handlers/reconcile-wallets';

/** Who does which kind of job; a kind without a handler does not compile. */
export const HANDLERS = {
  'follow-up-revocation': followUpRevocation,
  'carry-out-retention': carryOutRetention,
  'reconcile-wallets': reconcileWallets,
  'make-statements': makeStatements,
  'prove-audit': proveAudit,
} satisfies Handlers;
