import { makeStatements as make } from '../../src/core/wallet/make-statements';
import type { Handler } from '../handler';

/** Makes the statements that are due. */
export const makeStatements: Handler<'make-statements'> = ({ ctx, signal }) =>
  make({ ctx, signal, now: ctx.now() });
