import { z } from 'zod';
import { addProperty } from '../../core/credentials/add-property';
import { getProperty } from '../../core/credentials/get-property';
import { listProperties } from '../../core/credentials/list-properties';
import { revokeProperty } from '../../core/credentials/revoke-property';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { wrongFields } from './wrong-fields';

const PATH = '/dashboard/properties';
const newProperty = z.object({
  name: z.string().trim().min(1).max(200),
  domain: z.string().trim().min(1).max(253).regex(/^\S+$/),
});

/** A company's properties; their ids are passwords, which only admins see. */
export function mountProperties(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/properties', (call) => list(routes, call));
  routes.post('/properties', (call) => add(routes, call), { fresh: true });
  mountRevoke(routes);
  routes.get('/properties/:ref', async ({ by, request }) => {
    const { company_id: companyId } = by.company;
    const propertyRef = String(request.params.ref);
    const { property_id, ...property } = await getProperty({ ctx, companyId, propertyRef });
    return {
      section: 'properties',
      template: 'dashboard/property',
      title: property.name,
      data: {
        property,
        propertyId: by.user.role === 'admin' ? property_id : null,
        made: request.query.made === '1',
      },
    };
  });
}

function mountRevoke({ ctx, get, post }: DashboardRoutes): void {
  get(
    '/properties/:ref/revoke',
    async ({ by, t, request }) => {
      const { company_id: companyId } = by.company;
      const propertyRef = String(request.params.ref);
      const { name } = await getProperty({ ctx, companyId, propertyRef });
      const words = t.dashboard.properties;
      return {
        section: 'properties',
        template: 'dashboard/confirm',
        title: words.revokeTitle(name),
        data: {
          heading: words.title,
          question: words.revokeTitle(name),
          note: words.revokeNote,
          button: t.dashboard.confirm,
          action: `${PATH}/${encodeURIComponent(propertyRef)}/revoke`,
          back: `${PATH}/${encodeURIComponent(propertyRef)}`,
        },
      };
    },
    { adminsOnly: true },
  );
  post('/properties/:ref/revoke', async ({ by, request }) => {
    const { company_id: companyId } = by.company;
    const named = String(request.params.ref);
    try {
      await revokeProperty({ ctx, companyId, named, caller: by.caller });
    } catch (error) {
      // Somebody else has just done what was wanted.
      if (!(error instanceof AppError) || error.code !== 'property_not_found') throw error;
    }
    return { redirect: `${PATH}?revoked=1` };
  });
}

async function list(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  errors?: Record<string, string>,
): Promise<DashboardPage> {
  const typed = Object.fromEntries(['name', 'domain'].map((name) => [name, field(request, name)]));
  return {
    section: 'properties',
    template: 'dashboard/properties',
    title: t.dashboard.properties.title,
    status: errors ? 400 : 200,
    data: {
      typed,
      errors: errors ?? {},
      revoked: request.method === 'GET' && request.query.revoked === '1',
      properties: await listProperties({ ctx, companyId: by.company.company_id }),
    },
  };
}

async function add(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const input = newProperty.safeParse({
    name: field(request, 'name'),
    domain: field(request, 'domain'),
  });
  if (!input.success) {
    const { name, domain } = t.dashboard.errors;
    return list(routes, call, wrongFields(input.error, { name, domain }));
  }
  try {
    const { property_ref } = await addProperty({
      ctx: routes.ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      input: input.data,
      operationId: operationIdOf(request),
    });
    return { redirect: `${PATH}/${property_ref}?made=1` };
  } catch (error) {
    // The same form, sent again long after.
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    return { redirect: PATH };
  }
}
