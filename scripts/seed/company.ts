import type { Caller, Context } from '../../src/context';
import { DEFAULT_SETTINGS } from '../../src/core/companies/settings';
import { hashPassword, NOBODYS_HASH } from '../../src/core/users/password-hash';
import { DAY_MS, MINUTE_MS } from '../../src/lib/durations';
import { hashSecret, newId, newSecret } from '../../src/lib/random-ids';
import type { Property } from '../../src/store/credentials';
import type { User } from '../../src/store/accounts';
import { newPropertyId } from '../../src/core/credentials/add-property';
import type { Calendar } from './calendar';
import { COMPANY_ID, noteChange, OPERATOR, type Past } from './past';

/** Admin of the dashboard, with the password that `npm start` prints. */
export const USER_EMAIL = 'demo@demo.example';
/** May look only; has the same password at first. */
export const VIEWER_EMAIL = 'viewer@demo.example';
const COLLEAGUE_EMAIL = 'maria.ortiz@demo.example';
const CALL_CENTER_IP = '203.0.113.24';
const OFFICE_IP = '203.0.113.7';
const SITE_IP = '203.0.113.80';

/** Where people give their consent. */
export const SITES = [
  { name: 'Sign-up form', domain: 'demo.example', path: '/sign-up', since: 0 },
  { name: 'Quote app', domain: 'app.demo.example', path: '/quote', since: 9 },
] as const;

/** The company as its past needs it. */
export interface Company {
  /** In the order of `SITES`. */
  properties: Property[];
  callCenter: Caller;
  site: Caller;
  admin: Caller;
  colleague: Caller;
}

/** Sets the company up: properties, the token of its call centre, people and, later, money. */
export async function makeCompany(
  ctx: Context,
  past: Past,
  { founded }: Calendar,
  password: string,
): Promise<Company> {
  past.companies.push({
    _id: COMPANY_ID,
    name: 'Demo Company',
    ...DEFAULT_SETTINGS,
    created_at: founded,
  });
  const entryId = `company.created:${COMPANY_ID}`;
  noteChange(ctx, past, { action: 'company.created', entryId, at: founded, caller: OPERATOR });
  const after = (minutes: number, days = 0): Date =>
    new Date(founded.getTime() + days * DAY_MS + minutes * MINUTE_MS);
  const properties = SITES.map(({ name, domain, since }, i) =>
    addProperty(ctx, past, { name, domain }, after(3 + i, since)),
  );
  const hash = await hashPassword(password);
  const admin = addUser(ctx, past, { email: USER_EMAIL, role: 'admin', hash }, after(6));
  const viewer = { email: VIEWER_EMAIL, role: 'viewer', hash } as const;
  // Has never chosen a password: a colleague's link would let her.
  const colleague = { email: COLLEAGUE_EMAIL, role: 'admin', hash: NOBODYS_HASH } as const;
  const colleagueId = addUser(ctx, past, colleague, after(40, 2));
  addUser(ctx, past, viewer, after(75, 5));
  return {
    properties,
    callCenter: addToken(ctx, past, 'Call center', after(9)),
    site: { actor: { type: 'property', id: properties[0]?._id ?? null }, ip: SITE_IP },
    admin: { actor: { type: 'user', id: admin }, ip: OFFICE_IP },
    colleague: { actor: { type: 'user', id: colleagueId }, ip: OFFICE_IP },
  };
}

function addProperty(
  ctx: Context,
  past: Past,
  { name, domain }: { name: string; domain: string },
  at: Date,
): Property {
  const property: Property = {
    _id: newId('ppt'),
    company_id: COMPANY_ID,
    property_id: newPropertyId(),
    name,
    domain,
    created_at: at,
    revoked_at: null,
  };
  past.properties.push(property);
  const entryId = `property.created:${property._id}`;
  noteChange(ctx, past, { action: 'property.created', entryId, at, caller: OPERATOR });
  return property;
}

/** Its secret is thrown away: it stands in the past only. */
function addToken(ctx: Context, past: Past, label: string, at: Date): Caller {
  const id = newId('tok');
  past.tokens.push({
    _id: id,
    company_id: COMPANY_ID,
    secret_hash: hashSecret(newSecret('rescind_tok')),
    label,
    created_at: at,
    expires_at: null,
    revoked_at: null,
    scopes: ['verify', 'retain', 'certificates', 'revoke'],
  });
  const entryId = `token.created:${id}`;
  noteChange(ctx, past, { action: 'token.created', entryId, at, caller: OPERATOR });
  return { actor: { type: 'token', id }, ip: CALL_CENTER_IP };
}

function addUser(
  ctx: Context,
  past: Past,
  { email, role, hash }: Pick<User, 'email' | 'role'> & { hash: string },
  at: Date,
): string {
  const id = newId('usr');
  past.users.push({
    _id: id,
    company_id: COMPANY_ID,
    email,
    password_hash: hash,
    role,
    created_at: at,
  });
  const entryId = `user.created:${id}`;
  noteChange(ctx, past, { action: 'user.created', entryId, at, caller: OPERATOR });
  return id;
}
