import { getCompany } from '../../core/companies/get-company';
import { AppError, type ErrorCode } from '../../errors';
import type { Caller } from '../../context';
import { operatorCaller } from '../operator/require-operator';
import type { PageCall, Redirect } from '../pages/page-router';
import { companyPath, companyQuestion, type Tab, tabPath } from './company-page';
import {
  backTo,
  type Notice,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
} from './operator-page';

/** What differs between tokens, key pairs and properties. */
interface CredentialKind {
  /** Its part of the path. */
  folder: string;
  /** Where it is listed. */
  tab: Tab;
  words: 'tokens' | 'apiKeys' | 'properties';
  notices: { gone: Notice; revoked: Notice };
  /** The refusal when there is none of this id any more. */
  notFound: ErrorCode;
  /** What people know one by; undefined: there is none. */
  nameOf: (companyId: string, id: string) => Promise<string | undefined>;
  revoke: (companyId: string, id: string, caller: Caller) => Promise<unknown>;
}

/** Revoking one of a company's credentials once that is confirmed. */
export function mountRevoking(
  { ctx, get, post }: OperatorRoutes,
  { folder, tab, words: kind, notices, notFound, nameOf, revoke }: CredentialKind,
): void {
  const path = `/companies/:company_id/${folder}/:id/revoke`;
  const ask = async (call: PageCall): Promise<OperatorPage | Redirect> => {
    const companyId = parameter(call, 'company_id');
    const id = parameter(call, 'id');
    const company = await getCompany({ ctx, companyId });
    const name = await nameOf(companyId, id);
    const back = tabPath(companyId, tab);
    if (name === undefined) return backTo(call, back, notices.gone);
    const words = call.t.operator[kind];
    return companyQuestion({
      company,
      tab,
      action: `${companyPath(companyId)}/${folder}/${encodeURIComponent(id)}/revoke`,
      words: {
        title: words.revokeTitle,
        heading: words.revokeOne(name),
        text: words.revokeNote,
        button: words.revoke,
      },
    });
  };
  get(path, ask, { adminsOnly: true });
  post(path, async (call) => {
    const companyId = parameter(call, 'company_id');
    const back = tabPath(companyId, tab);
    try {
      await revoke(companyId, parameter(call, 'id'), operatorCaller(call.request));
    } catch (error) {
      const gone = error instanceof AppError && error.code === notFound;
      if (gone) return backTo(call, back, notices.gone);
      throw error;
    }
    return backTo(call, back, notices.revoked);
  });
}
