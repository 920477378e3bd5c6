import { hashPassword, isPassword, NOBODYS_HASH } from '../../../src/core/users/password-hash';
import { updateCompany } from '../../../src/core/companies/update-company';
import { acceptInvitation, findInvitation } from '../../../src/core/users/accept-invitation';
import { changePassword } from '../../../src/core/users/change-password';
import { inviteUser, issueReset } from '../../../src/core/users/invite-user';
import { removeUser } from '../../../src/core/users/remove-user';
import { resumeSession } from '../../../src/core/users/session';
import { type SignedIn, signIn } from '../../../src/core/users/sign-in';
import { signOut } from '../../../src/core/users/sign-out';
import { tryPassword } from '../../../src/core/users/try-password';
import { HOUR_MS } from '../../../src/lib/durations';
import { hashSecret } from '../../../src/lib/random-ids';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { actions, IP, makeUser, open, PASSWORD, signedIn, who } from './scene';

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

describe('signing in', () => {
  test('opens a session whose secret is not stored, and writes it into the audit', async () => {
    const user = await makeUser(ctx(), company);
    const secret = await open(ctx(), ` ${user.email.toUpperCase()} `);
    const by = await who(ctx(), secret);
    expect(by.user.user_id).toBe(user.id);
    // What pages are made of.
    expect(JSON.stringify(by)).not.toMatch(/scrypt|_hash/);
    const stored = await ctx().store.sessions.find(hashSecret(secret), new Date());
    expect(JSON.stringify(stored)).not.toContain(secret);
    const { items } = await ctx().store.audit.list(
      company.id,
      { action: 'user.signed_in' },
      { limit: 1 },
    );
    expect(items[0]).toMatchObject({ actor: { type: 'user', id: user.id }, ip: IP });
  });

  test('refuses a wrong password and an unknown email in the same way', async () => {
    const user = await makeUser(ctx(), company);
    const wrong = { code: 'unauthenticated' };
    await expect(open(ctx(), user.email, 'wrong')).rejects.toMatchObject(wrong);
    await expect(open(ctx(), `x${user.email}`)).rejects.toMatchObject(wrong);
    await expect(open(ctx(), 'no email')).rejects.toMatchObject(wrong);
  });

  test('costs the same for an unknown email', async () => {
    const cost = (hash: string) => hash.split('$').map((part, i) => (i < 4 ? part : part.length));
    expect(cost(NOBODYS_HASH)).toEqual(cost(await hashPassword(PASSWORD)));
    expect(await isPassword('', NOBODYS_HASH)).toBe(false);
  });

  test('counts simultaneous tries', async () => {
    const { email } = await makeUser(ctx(), company);
    const tries = await Promise.allSettled(
      Array.from({ length: 14 }, () =>
        tryPassword({ ctx: ctx(), email, password: 'wrong', ip: IP }),
      ),
    );
    expect(tries.filter((one) => one.status === 'rejected')).toHaveLength(4);
  });

  test('forgets failures after a success', async () => {
    const { email } = await makeUser(ctx(), company);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 9; i++) {
        await expect(open(ctx(), email, 'wrong')).rejects.toMatchObject({
          code: 'unauthenticated',
        });
      }
      await open(ctx(), email);
    }
  });

  test('ends the browser’s previous session', async () => {
    const { email } = await makeUser(ctx(), company);
    const previousSecret = await open(ctx(), email);
    const input = { email, password: PASSWORD, ip: IP, previousSecret };
    const { secret } = (await signIn({ ctx: ctx(), ...input })) as SignedIn;
    expect(secret).not.toBe(previousSecret);
    expect(await resumeSession({ ctx: ctx(), secret: previousSecret, ip: IP })).toBeNull();
  });

  test('enforces the IP allowlist of the company, while signed in too', async () => {
    const { email } = await makeUser(ctx(), company);
    const secret = await open(ctx(), email);
    const input = { ip_allowlist: ['198.51.100.0/24'] };
    await updateCompany({ ctx: ctx(), companyId: company.id, caller: CALLER, input });
    const refused = { code: 'ip_not_allowed' };
    await expect(open(ctx(), email)).rejects.toMatchObject(refused);
    await expect(resumeSession({ ctx: ctx(), secret, ip: IP })).rejects.toMatchObject(refused);
    expect(await resumeSession({ ctx: ctx(), secret, ip: '198.51.100.9' })).not.toBeNull();
  });
});

describe('a session', () => {
  test('ends 12 hours after the last use', async () => {
    const { email } = await makeUser(ctx(), company);
    const secret = await open(ctx(), email);
    const start = Date.now();
    const at = (hours: number) =>
      resumeSession({ ctx: ctx(), secret, ip: IP, now: new Date(start + hours * HOUR_MS) });
    expect(await at(11)).not.toBeNull();
    expect(await at(22)).not.toBeNull();
    expect(await at(34.1)).toBeNull();
  });

  test('ends after seven days however much it is used', async () => {
    const { email } = await makeUser(ctx(), company);
    const secret = await open(ctx(), email);
    const start = Date.now();
    const at = (hours: number) =>
      resumeSession({ ctx: ctx(), secret, ip: IP, now: new Date(start + hours * HOUR_MS) });
    for (let hours = 10; hours <= 160; hours += 10) expect(await at(hours)).not.toBeNull();
    expect(await at(167)).not.toBeNull();
    expect(await at(168.1)).toBeNull();
  });

  test('stops working after signing out, and signing out twice is recorded once', async () => {
    const { email } = await makeUser(ctx(), company);
    const secret = await open(ctx(), email);
    const by = await who(ctx(), secret);
    await Promise.all([signOut({ ctx: ctx(), by, secret }), signOut({ ctx: ctx(), by, secret })]);
    expect(await resumeSession({ ctx: ctx(), secret, ip: IP })).toBeNull();
    const all = await actions(ctx(), company);
    expect(all.filter((one) => one === 'user.signed_out')).toHaveLength(1);
  });

  test('ends everywhere when the password changes, except for a new one', async () => {
    const { email } = await makeUser(ctx(), company);
    const [mine, theirs] = [await open(ctx(), email), await open(ctx(), email)];
    const by = await who(ctx(), mine);
    const next = 'another long password';
    await expect(changePassword({ ctx: ctx(), by, current: 'wrong', next })).rejects.toMatchObject({
      extra: { details: [{ path: 'current_password' }] },
    });
    const secret = await changePassword({ ctx: ctx(), by, current: PASSWORD, next });
    for (const old of [mine, theirs]) {
      expect(await resumeSession({ ctx: ctx(), secret: old, ip: IP })).toBeNull();
    }
    expect((await who(ctx(), secret)).user.email).toBe(email);
    await expect(open(ctx(), email)).rejects.toMatchObject({ code: 'unauthenticated' });
    await open(ctx(), email, next);
  });

  test('ends when its user is removed; nobody can remove themselves or another company’s', async () => {
    const by = await signedIn(ctx(), company);
    const { id, email } = await makeUser(ctx(), company, 'viewer');
    const secret = await open(ctx(), email);
    const other = await makeUser(ctx(), await makeCompany(ctx()));
    await expect(removeUser({ ctx: ctx(), by, userId: by.user.user_id })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(removeUser({ ctx: ctx(), by, userId: other.id })).rejects.toMatchObject({
      code: 'user_not_found',
    });
    await removeUser({ ctx: ctx(), by, userId: id });
    expect(await resumeSession({ ctx: ctx(), secret, ip: IP })).toBeNull();
    expect((await actions(ctx(), company))[0]).toBe('user.removed');
  });
});

describe('a link', () => {
  const invite = (email: string) =>
    inviteUser({
      ctx: ctx(),
      companyId: company.id,
      caller: CALLER,
      input: { email, role: 'viewer' },
    });
  const accept = (secret: string) =>
    acceptInvitation({ ctx: ctx(), secret, password: PASSWORD, ip: IP });
  const gone = { code: 'invitation_not_found' };

  test('creates a user with the role, once, even when it is used several times at once', async () => {
    const email = `new@${company.id}.example`;
    const { secret, expires_at } = await invite(email);
    expect(expires_at.getTime() - Date.now()).toBeGreaterThan(71.9 * HOUR_MS);
    const results = await Promise.allSettled([accept(secret), accept(secret), accept(secret)]);
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    await expect(accept(secret)).rejects.toMatchObject(gone);
    const { user } = await who(ctx(), await open(ctx(), email));
    expect(user).toMatchObject({ role: 'viewer', company_id: company.id });
    expect(await actions(ctx(), company)).toEqual(
      expect.arrayContaining(['user.invited', 'user.created']),
    );
  });

  test('is not stored, expires after 72 hours, and ends when another one is made', async () => {
    const email = `twice@${company.id}.example`;
    const first = await invite(email);
    const second = await invite(email);
    const stored = await collections(ctx()).invitations.find({ email }).toArray();
    expect(JSON.stringify(stored)).not.toContain(second.secret);
    await expect(findInvitation({ ctx: ctx(), secret: first.secret })).rejects.toMatchObject(gone);
    await collections(ctx()).invitations.updateOne({ email }, { $set: { expires_at: new Date() } });
    await expect(accept(second.secret)).rejects.toMatchObject(gone);
  });

  test('refuses an email that has a user in the company', async () => {
    const { email } = await makeUser(ctx(), company);
    await expect(invite(email)).rejects.toMatchObject({ code: 'already_exists' });
  });

  test('replaces a password, and only then ends the user’s sessions', async () => {
    const { id, email } = await makeUser(ctx(), company);
    const old = await open(ctx(), email);
    const by = { ctx: ctx(), companyId: company.id, caller: CALLER };
    await expect(issueReset({ ...by, userId: 'usr_x' })).rejects.toMatchObject({
      code: 'user_not_found',
    });
    const { secret } = await issueReset({ ...by, userId: id });
    expect((await who(ctx(), old)).user.user_id).toBe(id);
    const password = 'a password never used before';
    for (let i = 0; i < 10; i++) await tryPassword({ ctx: ctx(), email, password: 'x', ip: IP });
    await expect(open(ctx(), email)).rejects.toMatchObject({ code: 'too_many_requests' });
    await acceptInvitation({ ctx: ctx(), secret, password, ip: IP });
    expect(await resumeSession({ ctx: ctx(), secret: old, ip: IP })).toBeNull();
    await open(ctx(), email, password);
    expect(await actions(ctx(), company)).toEqual(
      expect.arrayContaining(['user.reset_issued', 'user.password_reset']),
    );
  });
});
