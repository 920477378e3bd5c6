import { z } from 'zod';
import { addProperty } from '../../core/credentials/add-property';
import { listProperties } from '../../core/credentials/list-properties';
import { revokeProperty } from '../../core/credentials/revoke-property';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { wrongFields } from '../dashboard/wrong-fields';
import { idOrBlank } from '../fields';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { backShowing, type CompanyForms, companyOf, companyTab, tabPath } from './company-page';
import { type OperatorPage, type OperatorRoutes, parameter } from './operator-page';
import { mountRevoking } from './revoke-credential';

const newProperty = z.object({
  property_name: z.string().trim().min(1).max(200),
  property_domain: z.string().trim().min(1).max(253).regex(/^\S+$/),
  property_id: idOrBlank,
});

/** Adding properties of a company, and revoking one once that is confirmed. */
export function mountProperties(routes: OperatorRoutes): void {
  const { ctx, get, post } = routes;
  get('/companies/:company_id/properties', (call) => page(ctx, call));
  post('/companies/:company_id/properties', (call) => add(ctx, call), { fresh: true });
  mountRevoking(routes, {
    folder: 'properties',
    tab: 'properties',
    words: 'properties',
    notices: { gone: 'propertyGone', revoked: 'propertyRevoked' },
    notFound: 'property_not_found',
    nameOf: async (companyId, id) =>
      (await listProperties({ ctx, companyId })).find(({ property_ref }) => property_ref === id)
        ?.name,
    revoke: (companyId, named, caller) => revokeProperty({ ctx, companyId, named, caller }),
  });
}

async function page(ctx: Context, call: PageCall, forms: CompanyForms = {}): Promise<OperatorPage> {
  const company = await companyOf(ctx, call);
  const properties = await listProperties({ ctx, companyId: company.company_id });
  return companyTab(ctx, call, { company, tab: 'properties', data: { properties }, ...forms });
}

async function add(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const names = ['property_name', 'property_domain', 'property_id'] as const;
  const typed = Object.fromEntries(names.map((name) => [name, field(request, name)]));
  const words = t.operator.properties;
  const input = newProperty.safeParse(typed);
  if (!input.success) {
    const errors = wrongFields(input.error, {
      property_name: words.wrongName,
      property_domain: words.wrongDomain,
      property_id: words.wrongId,
    });
    return page(ctx, call, { typed, errors });
  }
  const { property_name: name, property_domain: domain, property_id } = input.data;
  try {
    const { property_id: propertyId } = await addProperty({
      ctx,
      companyId: parameter(call, 'company_id'),
      caller: operatorCaller(request),
      input: { name, domain, property_id },
      operationId: operationIdOf(request),
    });
    return backShowing(ctx, call, 'properties', { kind: 'property', values: { name, propertyId } });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    // The same form, sent again after it has been shown for long enough.
    if (property_id === undefined) {
      return { redirect: call.link(tabPath(parameter(call, 'company_id'), 'properties')) };
    }
    return page(ctx, call, { typed, errors: { property_id: words.taken } });
  }
}
