import { actorName } from '../audit/actor-name';
import { olderEmails } from '../identifiers/email';
import type { Context } from '../../context';
import type { User } from '../../store/accounts';
import { readDevice } from '../accounts/known-device';
import { isPassword, NOBODYS_HASH } from './password-hash';
import { tellOfWrongPassword } from '../accounts/tell-of-wrong';
import { userAccount } from './user-account';
import {
  countTry,
  forgetTries,
  fromDevice,
  fromNetwork,
  haveToWait,
  type Place,
  uncountTry,
} from '../accounts/tries';

/** Even one account costs as much to try as two, so that the time does not tell how many there are. */
const MIN_HASHES = 2;

/** An account to try, if the email has any. */
interface Candidate {
  place: Place;
  user: User | null;
}

/**
 * Tries a password for the accounts of an email. Neither answer nor timing shows whether the email
 * has any: either way tries are made and counted. Wrong ones hold up only who made them: they count
 * per account and network, those of a browser that has signed in before by themselves.
 * @param email normalized
 * @param device mark of the browser, see `markDevice`
 * @returns the accounts that it opens; of one email each company has at most one
 * @throws AppError too_many_requests while nothing may be tried from here
 */
export async function tryPassword({
  ctx,
  email,
  password,
  ip,
  device,
  now = ctx.now(),
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  device?: string | undefined;
  now?: Date;
}): Promise<User[]> {
  const users = await ctx.store.accounts.usersByEmail([email, ...olderEmails(email)]);
  const known = readDevice({ ctx, mark: device });
  const candidates = (users.length === 0 ? [null] : users).map((user): Candidate => {
    const account = user?._id ?? email;
    const isKnown = user !== null && known?.user_id === user._id;
    return {
      user,
      place: { account, from: isKnown ? fromDevice(known.device_id) : fromNetwork(ip) },
    };
  });
  return tryCandidates({ ctx, candidates, password, ip, now });
}

/** As `tryPassword`, for places that are worked out already. */
export async function tryCandidates({
  ctx,
  candidates,
  password,
  ip,
  now,
}: {
  ctx: Context;
  candidates: Candidate[];
  password: string;
  ip: string;
  now: Date;
}): Promise<User[]> {
  const waits = await Promise.all(candidates.map(({ place }) => countTry({ ctx, place, now })));
  const open = candidates.filter((_, i) => waits[i] === 0);
  if (open.length === 0) {
    countFailed(ctx, candidates, ip);
    throw haveToWait(Math.min(...waits));
  }
  const right = await rightOf(open, password);
  if (right.length === 0) {
    countFailed(ctx, candidates, ip);
    const users = open.flatMap(({ user }) => user ?? []);
    const accounts = users.map(userAccount);
    await Promise.all(accounts.map((account) => tellOfWrongPassword({ ctx, account, ip, now })));
    return [];
  }
  await Promise.all(
    open.map(({ place, user }) =>
      user && right.includes(user) ? forgetTries({ ctx, place }) : uncountTry({ ctx, place }),
    ),
  );
  return right;
}

/** For the security log of each account's company. */
function countFailed(ctx: Context, candidates: Candidate[], ip: string): void {
  for (const { user } of candidates) {
    if (!user) continue;
    const credential = actorName({ type: 'user', id: user._id });
    ctx.access.count({ companyId: user.company_id, event: 'sign_in_failed', credential, ip });
  }
}

async function rightOf(open: Candidate[], password: string): Promise<User[]> {
  const hashes = open.map(({ user }) => user?.password_hash ?? NOBODYS_HASH);
  // The same once more: it costs what a second account would.
  while (hashes.length < MIN_HASHES) hashes.push(hashes[0] ?? NOBODYS_HASH);
  const right = await Promise.all(hashes.map((hash) => isPassword(password, hash)));
  return open.flatMap(({ user }, i) => (user && right[i] ? [user] : []));
}
