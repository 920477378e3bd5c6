import { canReach } from '../../core/messages/sender';
import type { MadeInvitation } from '../../core/users/invite-user';
import { listInvitations } from '../../core/users/list-invitations';
import { listUsers } from '../../core/users/list-users';
import type { Context } from '../../context';
import type { Redirect } from '../pages/page-router';
import { showOnce, shownOnce, type ShownOncePage } from '../pages/shown-once';
import type { DashboardCall, DashboardPage } from './dashboard-route';
import { linkUrl } from './link-mail';
import { peopleNames } from './people-names';

export const PATH = '/dashboard/settings/people';

/** Has the page show a link that no mail brings; of one that was mailed, nobody but its person sees more. */
export function backShowing(
  ctx: Context,
  call: DashboardCall,
  { secret, expires_at, mailed }: MadeInvitation,
  email: string,
): Redirect {
  const values = { email, until: expires_at.toISOString() };
  const link = { url: linkUrl(ctx, call.request, secret) };
  const item = mailed
    ? { kind: 'mailed', values }
    : { kind: 'link', values: { ...values, ...link } };
  showOnce(ctx, call, shownTo(call), item);
  return { redirect: PATH };
}

function shownTo({ by }: DashboardCall): ShownOncePage {
  return { path: PATH, owner: by.formToken };
}

/** What the page shows besides the lists: what was typed, and what is wrong with it. */
interface PeopleForms {
  status?: number;
  typed?: object;
  error?: string;
  passwordError?: string;
}

/** Who may sign in, and the links that wait. */
export async function peoplePage(
  ctx: Context,
  call: DashboardCall,
  more: PeopleForms = {},
): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { status = 200, ...data } = more;
  const { company_id: companyId } = by.company;
  const [users, links, nameOf] = await Promise.all([
    listUsers({ ctx, companyId }),
    listInvitations({ ctx, companyId }),
    peopleNames(ctx, companyId),
  ]);
  const done = (what: string) => request.method === 'GET' && request.query[what] === '1';
  return {
    section: 'settings',
    template: 'dashboard/people',
    status,
    title: t.dashboard.people.title,
    data: {
      typed: {},
      ...data,
      tab: 'people',
      made: { items: shownOnce(ctx, request, shownTo(call)), action: `${PATH}/copied` },
      byMail: canReach(ctx.config, 'email'),
      removed: done('removed'),
      cancelled: done('cancelled'),
      users,
      waiting: links.map((link) => ({ ...link, made_by: link.made_by && nameOf(link.made_by) })),
    },
  };
}
