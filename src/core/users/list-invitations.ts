import { actorName } from '../audit/actor-name';
import type { Context } from '../../context';
import type { Invitation } from '../../store/invitations';

/** A link that has not been used yet, without its secret. */
export interface InvitationView {
  invitation_id: string;
  kind: Invitation['kind'];
  email: string;
  role: Invitation['role'];
  /** As in the audit log; null for one made by an earlier release. */
  made_by: string | null;
  /** Times in ISO 8601. */
  created_at: string;
  expires_at: string;
}

/** The invitations and resets of a company that wait to be used, newest first, at most 1,000. */
export async function listInvitations({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<InvitationView[]> {
  const waiting = await ctx.store.invitations.list(companyId, ctx.now());
  return waiting.map(({ _id, kind, email, role, made_by, created_at, expires_at }) => ({
    invitation_id: _id,
    kind,
    email,
    role,
    made_by: made_by ? actorName(made_by) : null,
    created_at: created_at.toISOString(),
    expires_at: expires_at.toISOString(),
  }));
}
