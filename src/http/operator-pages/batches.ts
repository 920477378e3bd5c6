import { nameActors } from '../../core/audit/name-actors';
import {
  BATCH_VIEWS,
  type BatchFilter,
  countTroubledBatches,
  listAllBatches,
} from '../../core/batches/list-all-batches';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { daysIn, textsIn } from '../dashboard/filters';
import { id } from '../fields';
import type { PageCall } from '../pages/page-router';
import { actors } from '../pages/texts/en-audit';
import { browserTimeZone } from '../pages/times';
import { batchPath } from './batch';
import { companyPath } from './company-page';
import { type OperatorPage, type OperatorRoutes, PREFIX, queried } from './operator-page';

const PATH = `${PREFIX}/batches`;
const PAGE_SIZE = 50;
const NAMES = ['state', 'company', 'who', 'from', 'to'] as const;
type Typed = Record<(typeof NAMES)[number], string>;
const NOTHING = { batches: [], next_cursor: null, previous_cursor: null };

/** The batches of all companies, filtered. */
export function mountBatches({ ctx, get }: OperatorRoutes): void {
  get('/batches', (call) => listPage(ctx, call));
}

async function listPage(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const typed = textsIn(call.request, NAMES);
  const { filter, wrong } = filterOf(typed, call);
  const cursor = queried(call, 'cursor') || undefined;
  const [found, troubled] = await Promise.all([
    wrong.length > 0 ? NOTHING : orNull(listAllBatches({ ctx, filter, limit: PAGE_SIZE, cursor })),
    countTroubledBatches({ ctx }),
  ]);
  const { batches, next_cursor, previous_cursor } = found ?? NOTHING;
  const names = await nameActors({
    ctx,
    companyId: null,
    words: actors,
    actors: [...batches.map(({ actor }) => actor), typed.who],
  });
  const w = call.t.operator.batches;
  const link = (more: Partial<Typed> & { cursor?: string } = {}) =>
    `${PATH}?${new URLSearchParams({ ...typed, ...more }).toString()}`;
  const turned = (to: string | null) => (to === null ? null : link({ cursor: to }));
  return {
    section: 'batches',
    status: !found ? 422 : wrong.length > 0 ? 400 : 200,
    template: 'operator-pages/batches',
    title: w.title,
    data: {
      typed,
      wrong,
      tooLong: !found,
      troubled,
      batches,
      names,
      who: whoOptions(w.anybody, w.kinds, typed.who, names(typed.who)),
      isFiltered: Object.values(typed).some((text) => text !== ''),
      path: PATH,
      batchPath,
      companyPath,
      filteredBy: link,
      first: cursor === undefined ? null : link(),
      previous: turned(previous_cursor),
      next: turned(next_cursor),
    },
  };
}

/** Kinds of callers, and the one that a link has chosen. */
function whoOptions(
  anybody: string,
  kinds: Record<string, string>,
  chosen: string,
  name: string,
): Record<string, string> {
  const listed = { '': anybody, ...kinds };
  return chosen in listed ? listed : { ...listed, [chosen]: name };
}

function filterOf(typed: Typed, call: PageCall): { filter: BatchFilter; wrong: string[] } {
  const days = daysIn(typed, browserTimeZone(call.request));
  const state = BATCH_VIEWS.find((one) => one === typed.state);
  const wrong = [
    ...days.wrong,
    ...(typed.state !== '' && !state ? ['state'] : []),
    ...(['company', 'who'] as const).filter(
      (name) => typed[name] !== '' && !id.safeParse(typed[name]).success,
    ),
  ];
  if (wrong.length > 0) return { filter: {}, wrong };
  const filter = {
    state,
    companyId: typed.company || undefined,
    actor: typed.who || undefined,
    from: days.from,
    to: days.to,
  };
  return { wrong, filter };
}

/** Null when it takes too long. */
async function orNull<T>(listing: Promise<T>): Promise<T | null> {
  try {
    return await listing;
  } catch (error) {
    if (error instanceof AppError && error.code === 'search_too_long') return null;
    throw error;
  }
}
