import { normalizeId } from '../../core/identifiers/id';
/**
 * The operator's pages. They live under `/operator/pages`, because the paths right under
 * `/operator` are those of the JSON API; `GET /operator` redirects browsers here.
 */
import type { Context } from '../../context';
import { formatUsd } from '../dashboard/format';
import { PAGES_PREFIX } from '../operator/found-path';
import { QUEUE_BOARD_PATH } from '../operator/queue-board';
import type { AppError } from '../../errors';
import { wordsFor } from '../pages/page-errors';
import { refusing } from '../pages/refusing';
import type { Page, PageCall, PageRoutes, Redirect } from '../pages/page-router';

export const PREFIX = PAGES_PREFIX;

const SECTIONS = {
  health: { href: PREFIX, icon: 'heart-pulse' },
  companies: { href: `${PREFIX}/companies`, icon: 'building-2' },
  topUps: { href: `${PREFIX}/top-ups`, icon: 'wallet' },
  jobs: { href: `${PREFIX}/jobs`, icon: 'list-restart' },
  batches: { href: `${PREFIX}/batches`, icon: 'layers' },
  mails: { href: `${PREFIX}/mails`, icon: 'mail' },
  board: { href: QUEUE_BOARD_PATH, icon: 'square-kanban' },
} as const;

/** The colour of a verdict. */
const BADGES = { good: 'ok', watch: 'warn', act: 'bad' } as const;

/** A page of the operator. */
export interface OperatorPage extends Omit<Page, 'shell' | 'wide'> {
  /** Null: none of them. */
  section: keyof typeof SECTIONS | null;
}

/** The name, in `?notice=`, of what a page says after a change. */
export type Notice = keyof PageCall['t']['operator']['notices'];

type Result = OperatorPage | Redirect;
type Handler = (call: PageCall) => Promise<Result> | Result;

/** Routes for the operator. */
export interface OperatorRoutes {
  ctx: Context;
  get: (path: string, handle: Handler) => void;
  /** A form of ours. */
  post: (path: string, handle: Handler) => void;
}

/** Makes routes whose pages have the operator's frame. */
export function operatorRoutes(ctx: Context, { get, post }: PageRoutes): OperatorRoutes {
  const framed =
    (handle: Handler) =>
    async (call: PageCall): Promise<Page | Redirect> => {
      const result = await refusing(
        () => handle(call),
        (error) => refusal(error, call),
      );
      return 'redirect' in result ? result : withFrame(ctx, call, result);
    };
  return {
    ctx,
    get: (path, handle) => {
      get(path, framed(handle));
    },
    post: (path, handle) => {
      post(path, framed(handle));
    },
  };
}

/** Back to a page of ours that says what happened. */
export function backTo({ link }: PageCall, path: string, notice: Notice): Redirect {
  return { redirect: link(`${path}?notice=${notice}`) };
}

/** A parameter of the path. */
export function parameter({ request }: PageCall, name: string): string {
  return normalizeId(String(request.params[name]));
}

/** A parameter of the query; empty when there is none, or more than one. */
export function queried({ request }: PageCall, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value : '';
}

function refusal(error: AppError, { t }: PageCall) {
  const words = wordsFor(t, error);
  return { template: 'pages/error', title: words.heading, data: { words, requestId: null } };
}

function withFrame(
  { config }: Context,
  call: PageCall,
  { section, data, ...page }: OperatorPage,
): Page {
  const { t } = call;
  const sections = Object.entries(SECTIONS).filter(
    ([name]) => name !== 'mails' || config.mailInbox,
  );
  const items = sections.map(([name, { href, icon }]) => ({
    href,
    icon,
    text: t.operator.nav[name as keyof typeof SECTIONS],
    current: name === section,
  }));
  const notices: Record<string, string> = t.operator.notices;
  const asked = queried(call, 'notice');
  return {
    ...page,
    shell: { label: t.operator.nav.label, home: PREFIX, items, search: searchField(call) },
    data: {
      ...data,
      o: t.operator,
      badges: BADGES,
      usd: formatUsd,
      notice: Object.hasOwn(notices, asked) ? notices[asked] : null,
    },
  };
}

/** Sent by POST, so that what is typed is in no URL. */
function searchField({ t, link }: PageCall): NonNullable<Page['shell']>['search'] {
  const { field: label, placeholder, button } = t.operator.search;
  return { action: link(`${PREFIX}/search`), label, placeholder, button };
}
