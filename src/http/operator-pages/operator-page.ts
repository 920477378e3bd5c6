import { normalizeId } from '../../core/identifiers/id';
/**
 * The operator's pages. They live under `/operator/pages`, because the paths right under
 * `/operator` are those of the JSON API; `GET /operator` redirects browsers here.
 */
import type { Context } from '../../context';
import { formatUsd } from '../dashboard/format';
import { QUEUE_BOARD_PATH } from '../operator/queue-board';
import type { Page, PageCall, PageRoutes, Redirect } from '../pages/page-router';

export const PREFIX = '/operator/pages';

const SECTIONS = {
  health: PREFIX,
  companies: `${PREFIX}/companies`,
  jobs: `${PREFIX}/jobs`,
  batches: `${PREFIX}/batches`,
  board: QUEUE_BOARD_PATH,
} as const;

/** A page of the operator. */
export interface OperatorPage extends Omit<Page, 'nav' | 'wide' | 'area'> {
  section: keyof typeof SECTIONS;
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
      const result = await handle(call);
      return 'redirect' in result ? result : withFrame(call, result);
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

function withFrame(call: PageCall, { section, data, ...page }: OperatorPage): Page {
  const { t } = call;
  const items = Object.entries(SECTIONS).map(([name, href]) => ({
    href,
    text: t.operator.nav[name as OperatorPage['section']],
    current: name === section,
  }));
  const notices: Record<string, string> = t.operator.notices;
  const asked = queried(call, 'notice');
  return {
    ...page,
    wide: true,
    area: 'operator',
    nav: { label: t.operator.nav.label, items },
    data: {
      ...data,
      o: t.operator,
      usd: formatUsd,
      notice: Object.hasOwn(notices, asked) ? notices[asked] : null,
    },
  };
}
