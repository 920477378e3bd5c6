import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';

/** Whose credential is revoked, and who does it. */
export interface CredentialChange {
  ctx: Context;
  companyId: string;
  caller: Caller;
  completion?: Completion<string> | undefined;
}

/**
 * Revokes a credential of a company, with its audit entry `<kind>.revoked`: it fails from the next
 * call on.
 * @param change.revoke marks it in the store, and gives its id; null: there is none to revoke
 * @returns the id
 * @throws AppError company_not_found; `<kind>_not_found`, also when it is revoked already
 */
export function revokeCredential({
  kind,
  revoke,
  ...change
}: CredentialChange & {
  kind: 'api_key' | 'property' | 'token';
  revoke: (at: Date, session: Session) => Promise<string | null>;
}): Promise<string> {
  const at = change.ctx.now();
  return changeCompany({
    ...change,
    entry: (id) => ({ action: `${kind}.revoked`, entryId: `${kind}.revoked:${id}`, at }),
    change: async (session) => {
      const id = await revoke(at, session);
      if (id === null) throw new AppError(`${kind}_not_found`);
      return id;
    },
  });
}
