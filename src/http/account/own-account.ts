import type { Account } from '../../core/accounts/account';
import { listSessions } from '../../core/accounts/list-sessions';
import type { CurrentSession } from '../../core/accounts/new-session';
import { getTwoStep } from '../../core/two-step/get-two-step';
import type { Caller, Context } from '../../context';
import type { Page, PageCall, Redirect } from '../pages/page-router';
import { showOnce, shownOnce } from '../pages/shown-once';

/** Fewer recovery codes than this, and the page says so. */
const FEW_CODES = 4;

/** Who is signed in with a password of their own. */
export interface Own {
  account: Account;
  caller: Caller;
  session: CurrentSession;
}

type Result<Shown> = Promise<Shown | Redirect> | Shown | Redirect;

/** The pages of one's own account, in an area where people have accounts. */
export interface OwnAccount<Call extends PageCall, Shown> {
  ctx: Context;
  /** Of the account's page: the whole path, and that below the area's. */
  path: string;
  route: string;
  /** Routes of the area, for viewers too. */
  get: (path: string, handle: (call: Call) => Result<Shown>) => void;
  post: (path: string, handle: (call: Call) => Result<Shown>) => void;
  /** Null: somebody without an account of their own. */
  who: (call: Call) => Own | null;
  /** Puts a page into the area's frame. */
  framed: (call: Call, page: Page) => Shown;
  /** What `shownOnce` is shown to. */
  owner: (call: Call) => string;
}

/** What the account's page shows of two-step sign-in and sessions, for the cards of these names. */
export async function ownAccountData<Call extends PageCall, Shown>(
  { ctx, path, owner }: Pick<OwnAccount<Call, Shown>, 'ctx' | 'path' | 'owner'>,
  call: Call,
  { account, session }: Own,
) {
  const [twoStep, sessions] = await Promise.all([
    getTwoStep({ ctx, account: account.id }),
    listSessions({ ctx, account, current: session.session_id }),
  ]);
  return {
    accountPath: path,
    twoStep: twoStep && { ...twoStep, few: twoStep.recovery_codes_left < FEW_CODES },
    sessions,
    made: shownOnce(ctx, call.request, { path, owner: owner(call) }),
  };
}

/** Back to the page, which shows recovery codes. */
export function backShowing<Call extends PageCall, Shown>(
  { ctx, path, owner }: OwnAccount<Call, Shown>,
  call: Call,
  codes: string[],
): Redirect {
  const item = { kind: 'recoveryCodes', values: { codes: codes.join('\n') } };
  showOnce(ctx, call, { path, owner: owner(call) }, item);
  return { redirect: call.link(path) };
}
