import { listTokens } from '../../core/credentials/list-tokens';
import { revokeToken } from '../../core/credentials/revoke-token';
import type { OperatorRoutes } from './operator-page';
import { mountRevoking } from './revoke-credential';

/** Revoking a company's token once that is confirmed. */
export function mountTokens(routes: OperatorRoutes): void {
  const { ctx } = routes;
  mountRevoking(routes, {
    folder: 'tokens',
    words: 'tokens',
    notices: { gone: 'tokenGone', revoked: 'tokenRevoked' },
    notFound: 'token_not_found',
    nameOf: async (companyId, id) =>
      (await listTokens({ ctx, companyId })).find(({ token_id }) => token_id === id)?.label,
    revoke: (companyId, tokenId, caller) => revokeToken({ ctx, companyId, tokenId, caller }),
  });
}
