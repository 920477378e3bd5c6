import { proveAudit as prove } from '../../src/core/revocations/prove-audit';
import type { Handler } from '../handler';

/** Proves the audit of recent revocations. */
export const proveAudit: Handler<'prove-audit'> = ({ ctx, signal }) =>
  prove({ ctx, signal, now: ctx.now() });
