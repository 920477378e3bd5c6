import { z } from 'zod';
import { addProperty } from '../../core/credentials/add-property';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { wrongFields } from './wrong-fields';

const PATH = '/dashboard/properties';
const newProperty = z.object({
  name: z.string().trim().min(1).max(200),
  domain: z.string().trim().min(1).max(253).regex(/^\S+$/),
});

/** A company's properties; the ids are passwords, which only admins see. */
export function mountProperties(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/properties', (call) => list(routes, call));
  routes.post('/properties', (call) => add(routes, call));
  routes.get('/properties/:ref', async ({ by, request }) => {
    const ref = String(request.params.ref);
    const property = await ctx.store.credentials.findPropertyByRef(by.company._id, ref);
    if (!property) throw new AppError('property_not_found');
    const { property_id: secret, ...shown } = property;
    return {
      section: 'properties',
      template: 'dashboard/property',
      title: property.name,
      data: {
        property: shown,
        propertyId: by.user.role === 'admin' ? secret : null,
        made: request.query.made === '1',
      },
    };
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
      properties: await ctx.store.credentials.listProperties(by.company._id),
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
  const { property_ref } = await addProperty({
    ctx: routes.ctx,
    companyId: by.company._id,
    caller: by.caller,
    input: input.data,
  });
  return { redirect: `${PATH}/${property_ref}?made=1` };
}
