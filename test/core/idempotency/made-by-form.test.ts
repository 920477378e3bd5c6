import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { addProperty } from '../../../src/core/credentials/add-property';
import { createApiKey } from '../../../src/core/credentials/create-api-key';
import { createToken } from '../../../src/core/credentials/create-token';
import { revokeToken } from '../../../src/core/credentials/revoke-token';
import { cancelInvitation } from '../../../src/core/users/cancel-invitation';
import { inviteUser } from '../../../src/core/users/invite-user';
import { listInvitations } from '../../../src/core/users/list-invitations';
import { newId } from '../../../src/lib/random-ids';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';

const TEN_MINUTES_MS = 10 * 60_000;

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const by = () => ({ ctx: service.ctx, companyId: company.id, caller: CALLER });
const created = async (action: string) =>
  (await service.ctx.store.audit.list(company.id, { action }, { limit: 10 })).items.length;

test.each([
  [
    'token',
    (operationId: string, label: string) => createToken({ ...by(), operationId, input: { label } }),
  ],
  [
    'api_key',
    (operationId: string, label: string) =>
      createApiKey({ ...by(), operationId, input: { label } }),
  ],
  [
    'property',
    (operationId: string, name: string) =>
      addProperty({ ...by(), operationId, input: { name, domain: 'example.com' } }),
  ],
])(
  'a form for a %s that is sent twice, even at once, makes one and shows it both times',
  async (kind, make) => {
    const before = await created(`${kind}.created`);
    const operationId = newId('op');
    const both = await Promise.all([make(operationId, 'CRM'), make(operationId, 'CRM')]);
    expect(both[0]).toEqual(both[1]);
    expect(await make(operationId, 'CRM')).toEqual(both[0]);
    expect(await created(`${kind}.created`)).toBe(before + 1);
    // Other contents are another operation, and another company's are not this one.
    expect(await make(operationId, 'Billing')).not.toEqual(both[0]);
    const other = await makeCompany(service.ctx);
    const ids = JSON.stringify(both[0]).match(/[\w-]{40,}/g)!;
    company = other;
    const elsewhere = JSON.stringify(await make(operationId, 'CRM'));
    for (const id of ids) expect(elsewhere).not.toContain(id);
  },
);

test('what was made is given again for ten minutes, and never once it is revoked', async () => {
  const operationId = newId('op');
  const input = { label: 'CRM' };
  const now = Date.now();
  const at = (ms: number) => ({ ...service.ctx, now: () => new Date(now + ms) });
  const make = (ms: number) => createToken({ ...by(), ctx: at(ms), operationId, input });
  const made = await make(0);
  expect(await make(TEN_MINUTES_MS)).toEqual(made);
  await expect(make(TEN_MINUTES_MS + 1)).rejects.toMatchObject({ code: 'already_exists' });
  await revokeToken({ ...by(), tokenId: made.token_id });
  await expect(make(1)).rejects.toMatchObject({ code: 'already_exists' });
});

test('a link that was cancelled does not come back by its own form', async () => {
  const operationId = newId('op');
  const input = { email: 'new@example.com', role: 'viewer' } as const;
  const invite = () => inviteUser({ ...by(), operationId, input });
  const { secret } = await invite();
  expect((await invite()).secret).toBe(secret);
  const [waiting] = await listInvitations({ ctx: service.ctx, companyId: company.id });
  await cancelInvitation({ ...by(), invitationId: waiting!.invitation_id });
  await expect(invite()).rejects.toMatchObject({ code: 'already_exists' });
  expect(await listInvitations({ ctx: service.ctx, companyId: company.id })).toEqual([]);
  expect((await inviteUser({ ...by(), operationId: newId('op'), input })).secret).not.toBe(secret);
});

test('who knows an operation id but not the key of the service learns no secret', async () => {
  const operationId = newId('op');
  const make = (ctx = service.ctx) =>
    createToken({ ...by(), ctx, operationId, input: { label: 'x' } });
  const { token } = await make();
  expect(token).toMatch(/^rescind_tok_[\w-]{43}$/);

  const other = { ...service.ctx, identifiers: new IdentifierHasher(['another key'.repeat(4)]) };
  expect((await make(other)).token).not.toBe(token);
});
