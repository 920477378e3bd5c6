import { reconcileWallets as reconcile } from '../../src/wallet/reconcile-wallets';
import type { Handler } from '../handler';

/** Proves every wallet. */
export const reconcileWallets: Handler<'reconcile-wallets'> = ({ ctx, signal }) =>
  reconcile({ ctx, signal });
