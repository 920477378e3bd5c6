import { reconcileWallets as reconcile } from '../../src/core/wallet/reconcile-wallets';
import type { Handler } from '../handler';

/** Proves every wallet. */
export const reconcileWallets: Handler<'reconcile-wallets'> = ({ ctx, signal }) =>
  reconcile({ ctx, signal });
