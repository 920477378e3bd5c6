import { z } from 'zod';
import { getCompany } from '../../core/companies/get-company';
import { addProperty } from '../../core/credentials/add-property';
import { listProperties } from '../../core/credentials/list-properties';
import { revokeProperty } from '../../core/credentials/revoke-property';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { wrongFields } from '../dashboard/wrong-fields';
import { idOrBlank } from '../fields';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall } from '../pages/page-router';
import { companyPage, companyPath } from './company';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

const newProperty = z.object({
  property_name: z.string().trim().min(1).max(200),
  property_domain: z.string().trim().min(1).max(253).regex(/^\S+$/),
  property_id: idOrBlank,
});

/** Adding properties of a company, and revoking one once that is confirmed. */
export function mountProperties({ ctx, get, post }: OperatorRoutes): void {
  const path = '/companies/:company_id/properties';
  post(path, (call) => add(ctx, call));
  get(`${path}/:property_ref/revoke`, async (call) => {
    const companyId = parameter(call, 'company_id');
    const propertyRef = parameter(call, 'property_ref');
    const company = await getCompany({ ctx, companyId });
    const properties = await listProperties({ ctx, companyId });
    const property = properties.find(({ property_ref }) => property_ref === propertyRef);
    const back = companyPath(companyId);
    if (!property) return backTo(call, back, 'propertyGone');
    const words = call.t.operator.properties;
    return {
      section: 'companies',
      template: 'operator-pages/confirm',
      title: words.revokeTitle,
      data: {
        company,
        back,
        action: `${back}/properties/${encodeURIComponent(propertyRef)}/revoke`,
        heading: words.revokeOne(property.name),
        text: words.revokeNote,
        button: words.revoke,
        hidden: {},
      },
    };
  });
  post(`${path}/:property_ref/revoke`, async (call) => {
    const companyId = parameter(call, 'company_id');
    const named = parameter(call, 'property_ref');
    const back = companyPath(companyId);
    try {
      await revokeProperty({ ctx, companyId, named, caller: operatorCaller(call.request) });
    } catch (error) {
      const gone = error instanceof AppError && error.code === 'property_not_found';
      if (gone) return backTo(call, back, 'propertyGone');
      throw error;
    }
    return backTo(call, back, 'propertyRevoked');
  });
}

async function add(ctx: Context, call: PageCall): Promise<OperatorPage> {
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
    return companyPage(ctx, call, { typed, errors });
  }
  const { property_name: name, property_domain: domain, property_id } = input.data;
  try {
    const property = await addProperty({
      ctx,
      companyId: parameter(call, 'company_id'),
      caller: operatorCaller(request),
      input: { name, domain, property_id },
    });
    // No redirect: the id, which is a password, is in this answer only.
    return await companyPage(ctx, call, { property });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    return companyPage(ctx, call, { typed, errors: { property_id: words.taken } });
  }
}
