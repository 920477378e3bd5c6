import { acceptInvitation, findInvitation } from '../../../src/core/users/accept-invitation';
import { addUser } from '../../../src/core/users/add-user';
import { cancelInvitation } from '../../../src/core/users/cancel-invitation';
import { changePassword } from '../../../src/core/users/change-password';
import { inviteUser, issueReset, type MadeInvitation } from '../../../src/core/users/invite-user';
import { inviteColleague, resetColleague } from '../../../src/core/users/link-for-colleague';
import { listInvitations } from '../../../src/core/users/list-invitations';
import { removeUser } from '../../../src/core/users/remove-user';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { actions, cheapHash, IP, makeUser, open, PASSWORD, signedIn, who } from './scene';

const NEW_PASSWORD = 'a password never used before';
const GONE = { code: 'invitation_not_found' };

let service: Service;
let company: TestCompany;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(ctx());
});

const accept = (secret: string, password = NEW_PASSWORD) =>
  acceptInvitation({ ctx: ctx(), secret, password, ip: IP });
const newcomer = () => ({ email: `new@${company.id}.example`, role: 'viewer' }) as const;

describe('links die', () => {
  test('with their maker', async () => {
    const maker = await signedIn(ctx(), company);
    const by = { ctx: ctx(), by: maker, password: PASSWORD };
    const victim = await makeUser(ctx(), company);
    const reset = await resetColleague({ ...by, userId: victim.id });
    const invitation = await inviteColleague({ ...by, input: newcomer() });
    await findInvitation({ ctx: ctx(), secret: reset.secret });
    const admin = await signedIn(ctx(), company);
    await removeUser({ ctx: ctx(), by: admin, userId: maker.user.user_id });
    for (const { secret } of [reset, invitation]) {
      await expect(findInvitation({ ctx: ctx(), secret })).rejects.toMatchObject(GONE);
      await expect(accept(secret)).rejects.toMatchObject(GONE);
    }
    await open(ctx(), victim.email);
    expect(await listInvitations({ ctx: ctx(), companyId: company.id })).toEqual([]);
  });

  test('with the rights of their maker', async () => {
    const maker = await signedIn(ctx(), company);
    const victim = await makeUser(ctx(), company);
    const by = { ctx: ctx(), by: maker, password: PASSWORD };
    const { secret } = await resetColleague({ ...by, userId: victim.id });
    const { users } = collections(ctx());
    await users.updateOne({ _id: maker.user.user_id }, { $set: { role: 'viewer' } });
    await expect(findInvitation({ ctx: ctx(), secret })).rejects.toMatchObject(GONE);
    await expect(accept(secret)).rejects.toMatchObject(GONE);
    await users.updateOne({ _id: maker.user.user_id }, { $set: { role: 'admin' } });
    await accept(secret);
  });

  test('with their subject’s change of password', async () => {
    const { id, email } = await makeUser(ctx(), company);
    const { secret } = await issueReset({
      ctx: ctx(),
      companyId: company.id,
      caller: CALLER,
      userId: id,
    });
    const by = await who(ctx(), await open(ctx(), email));
    await changePassword({ ctx: ctx(), by, current: PASSWORD, next: NEW_PASSWORD });
    await expect(accept(secret, 'one more password of theirs')).rejects.toMatchObject(GONE);
    await open(ctx(), email, NEW_PASSWORD);
  });

  test('when they are cancelled, in one’s own company only', async () => {
    const maker = await signedIn(ctx(), company);
    const by = { ctx: ctx(), by: maker, password: PASSWORD };
    const { secret } = await inviteColleague({ ...by, input: newcomer() });
    const [listed] = await listInvitations({ ctx: ctx(), companyId: company.id });
    expect(listed).toMatchObject({
      ...newcomer(),
      kind: 'invitation',
      made_by: `user:${maker.user.user_id}`,
    });
    expect(JSON.stringify(listed)).not.toContain(secret);
    const cancel = (companyId: string) =>
      cancelInvitation({
        ctx: ctx(),
        companyId,
        invitationId: listed!.invitation_id,
        caller: maker.caller,
      });
    await expect(cancel((await makeCompany(ctx())).id)).rejects.toMatchObject(GONE);
    await findInvitation({ ctx: ctx(), secret });
    await cancel(company.id);
    await expect(accept(secret)).rejects.toMatchObject(GONE);
    await expect(cancel(company.id)).rejects.toMatchObject(GONE);
    expect((await actions(ctx(), company))[0]).toBe('user.invitation_cancelled');
  });

  test('not because it is unknown who made them, as with older ones', async () => {
    const by = { ctx: ctx(), companyId: company.id, caller: CALLER };
    const { secret } = await inviteUser({ ...by, input: newcomer() });
    const { email } = newcomer();
    await collections(ctx()).invitations.updateOne({ email }, { $unset: { made_by: 1 } });
    await accept(secret);
    await open(ctx(), email, NEW_PASSWORD);
  });
});

test('a form sent twice shows one link both times, however the two cross', async () => {
  const { id } = await makeUser(ctx(), company);
  const by = { ctx: ctx(), companyId: company.id, caller: CALLER, userId: id };
  const send = () => issueReset({ ...by, operationId: `op-${id}` });
  const { invitations, audit } = ctx().store;
  const [find, exists] = [invitations.find, audit.exists];
  const restore = () => {
    Object.assign(invitations, { find });
    Object.assign(audit, { exists });
  };
  let first: Promise<MadeInvitation> | undefined;
  // Whatever this one reads first, the other one is wholly done right after.
  const crossed = <Args extends unknown[], Found>(read: (...args: Args) => Promise<Found>) =>
    async function (...args: Args): Promise<Found> {
      const found = await read(...args);
      restore();
      await (first ??= send());
      return found;
    };
  Object.assign(invitations, { find: crossed(find) });
  Object.assign(audit, { exists: crossed(exists) });
  const second = await send().finally(restore);
  expect(second.secret).toBe((await first)!.secret);
});

test('asking for a link wants the maker’s own password', async () => {
  const maker = await signedIn(ctx(), company);
  const { id: userId } = await makeUser(ctx(), company);
  const by = { ctx: ctx(), by: maker, password: 'wrong' };
  const wrong = { extra: { details: [{ path: 'current_password' }] } };
  await expect(resetColleague({ ...by, userId })).rejects.toMatchObject(wrong);
  await expect(inviteColleague({ ...by, input: newcomer() })).rejects.toMatchObject(wrong);
  expect(await listInvitations({ ctx: ctx(), companyId: company.id })).toEqual([]);
});

describe('an email that another company knows', () => {
  test('is invited like any other, and its person has an account at each', async () => {
    const { email } = await makeUser(ctx(), await makeCompany(ctx()));
    const by = { ctx: ctx(), companyId: company.id, caller: CALLER };
    const made = await inviteUser({ ...by, input: { email, role: 'viewer' } });
    const stranger = await inviteUser({ ...by, input: newcomer() });
    expect(Object.keys(made)).toEqual(Object.keys(stranger));
    await accept(made.secret);
    const { user } = await who(ctx(), await open(ctx(), email, NEW_PASSWORD));
    expect(user.company_id).toBe(company.id);
    // The account that was there first is what it was.
    expect((await who(ctx(), await open(ctx(), email))).user.company_id).not.toBe(company.id);
  });

  test('cannot be taken from its person by whoever invites it first', async () => {
    const email = `victim@${company.id}.example`;
    const squatter = await makeCompany(ctx());
    const input = { email, role: 'admin' } as const;
    const taken = await inviteUser({ ctx: ctx(), companyId: squatter.id, caller: CALLER, input });
    await accept(taken.secret, 'the squatter knows this one');
    const own = await inviteUser({ ctx: ctx(), companyId: company.id, caller: CALLER, input });
    await accept(own.secret);
    expect((await who(ctx(), await open(ctx(), email, NEW_PASSWORD))).user.company_id).toBe(
      company.id,
    );
  });

  test('is let in by a database that held emails to one account', async () => {
    const users = database(ctx()).collection('users');
    await users.deleteMany({});
    await users.createIndexes([{ key: { email: 1 }, unique: true, name: 'email_1' }]);
    await ctx().store.createIndexes();
    const names = (await users.indexes()).map(({ name }) => name);
    expect(names).not.toContain('email_1');
    expect(names).toContain('email_1_company_id_1');
  });
});

describe('a new password', () => {
  const email = 'ann.smith@example.com';
  const weak = [
    'password1234',
    'qwertyuiopas',
    email,
    `${email}-2026`,
    'annsmith1234',
    'a'.repeat(200),
  ];

  test.each(weak)('%s is refused everywhere', async (password) => {
    const refused = { extra: { details: [{ path: 'password' }] } };
    const target = { ctx: ctx(), companyId: company.id, caller: CALLER };
    const add = addUser({ ...target, input: { email, password, role: 'viewer' } });
    await expect(add).rejects.toMatchObject(refused);
    const { secret } = await inviteUser({ ...target, input: { email, role: 'viewer' } });
    await expect(accept(secret, password)).rejects.toMatchObject(refused);
    const { id } = await makeUser(ctx(), company, 'viewer', `${company.id}.${email}`);
    const by = await who(ctx(), await open(ctx(), `${company.id}.${email}`));
    expect(by.user.user_id).toBe(id);
    const mine = { ...by, user: { ...by.user, email } };
    const change = changePassword({ ctx: ctx(), by: mine, current: PASSWORD, next: password });
    await expect(change).rejects.toMatchObject(refused);
    // The link still works.
    await accept(secret, 'four unrelated words here');
  });

  test('takes no time worth mentioning, whatever it is', async () => {
    const target = { ctx: ctx(), companyId: company.id, caller: CALLER };
    const startedAt = performance.now();
    const input = { email, password: 'ab1!'.repeat(50), role: 'viewer' } as const;
    await addUser({ ...target, input }).catch(() => undefined);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('that is in use already works, however weak', async () => {
    const { id, email: own } = await makeUser(ctx(), company);
    await collections(ctx()).users.updateOne(
      { _id: id },
      { $set: { password_hash: cheapHash('password1234') } },
    );
    await open(ctx(), own, 'password1234');
  });
});
