import { getCompany } from '../../core/companies/get-company';
import { listTokens } from '../../core/credentials/list-tokens';
import { revokeToken } from '../../core/credentials/revoke-token';
import { AppError } from '../../errors';
import { operatorCaller } from '../operator/require-operator';
import { companyPath } from './company';
import { backTo, type OperatorRoutes, parameter } from './operator-page';

/** Revoking a company's token once that is confirmed. */
export function mountTokens({ ctx, get, post }: OperatorRoutes): void {
  const path = '/companies/:company_id/tokens/:token_id/revoke';
  get(path, async (call) => {
    const companyId = parameter(call, 'company_id');
    const company = await getCompany({ ctx, companyId });
    const tokens = await listTokens({ ctx, companyId });
    const token = tokens.find(({ token_id }) => token_id === parameter(call, 'token_id'));
    const back = companyPath(companyId);
    if (!token) return backTo(call, back, 'tokenGone');
    const words = call.t.operator.tokens;
    return {
      section: 'companies',
      template: 'operator-pages/confirm',
      title: words.revokeTitle,
      data: {
        company,
        back,
        action: `${back}/tokens/${encodeURIComponent(token.token_id)}/revoke`,
        heading: words.revokeOne(token.label),
        text: words.revokeNote,
        button: words.revoke,
        hidden: {},
      },
    };
  });
  post(path, async (call) => {
    const companyId = parameter(call, 'company_id');
    const tokenId = parameter(call, 'token_id');
    const back = companyPath(companyId);
    try {
      await revokeToken({ ctx, companyId, tokenId, caller: operatorCaller(call.request) });
    } catch (error) {
      const gone = error instanceof AppError && error.code === 'token_not_found';
      if (gone) return backTo(call, back, 'tokenGone');
      throw error;
    }
    return backTo(call, back, 'tokenRevoked');
  });
}
