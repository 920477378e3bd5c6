import { firstSteps, type FirstSteps, markLinked } from '../../core/activity/first-steps';
import { type Compared, overview, type Overview } from '../../core/activity/overview';
import { nameActors } from '../../core/audit/name-actors';
import { currentBatches } from '../../core/batches/current-batches';
import { baseUrl } from '../base-url';
import { actors as actorWords } from '../pages/texts/en-audit';
import type { DashboardCall, DashboardRoutes } from './dashboard-route';
import { checkCall, registerCall } from './first-calls';
import { PREFIX } from './sign-in-first';

const DAYS = 30;
const MANY_METHODS = 3;
const MICROUSD_PER_CENT = 10_000;

/** What happened at the company, what is under way, and what a new company has to do. */
export function mountOverview({ ctx, get, post }: DashboardRoutes): void {
  get('/', async (call) => {
    const { by, t } = call;
    const { company_id: companyId } = by.company;
    const [figures, steps] = await Promise.all([
      overview({ ctx, companyId, days: DAYS }),
      firstSteps({ ctx, companyId }),
    ]);
    const { checks, refused, batches } = figures;
    const actors = batches.map(({ actor }) => actor);
    return {
      section: 'overview',
      template: 'dashboard/overview',
      title: t.dashboard.overview.title,
      chart: true,
      data: {
        figures,
        names: await nameActors({ ctx, companyId, actors, words: actorWords }),
        changes: { checks: changeOf(checks), revocations: changeOf(figures.revocations) },
        // As people read it: what it is to the cent, the wallet says exactly.
        cents:
          Math.floor(figures.wallet.available_microusd / MICROUSD_PER_CENT) * MICROUSD_PER_CENT,
        refusedPart: checks.now > 0 ? refused.now / checks.now : 0,
        methods: partsOf(figures),
        topMethods: partsOf(figures).slice(0, MANY_METHODS),
        chart: chartOf(figures, t.dashboard.overview),
        low: figures.wallet.available_microusd < by.company.low_balance_microusd,
        first: steps && stepsOf(call, steps, baseUrl(call.request, ctx.config.publicUrl)),
      },
    };
  });
  // What the overview asks for again while a batch is under way.
  get('/under-way', async ({ by, t }) => {
    const { company_id: companyId } = by.company;
    const batches = await currentBatches({ ctx, companyId });
    const actors = batches.map(({ actor }) => actor);
    const names = await nameActors({ ctx, companyId, actors, words: actorWords });
    const title = t.dashboard.overview.batches;
    return {
      section: 'overview',
      template: 'dashboard/under-way',
      title,
      data: { batches, names },
    };
  });
  post('/first-steps/link', async ({ by }) => {
    await markLinked({ ctx, companyId: by.company.company_id });
    return { redirect: PREFIX };
  });
}

/** By how much it has changed, such as 0.08; `first`: there is nothing to compare with. */
function changeOf({ now, before }: Compared): { part: number } | 'first' | 'none' {
  if (before === null) return 'first';
  return before === 0 ? 'none' : { part: now / before - 1 };
}

function partsOf({ revokedBy, revocations }: Overview) {
  return revokedBy.map((one) => ({ ...one, part: one.count / revocations.now }));
}

function chartOf({ days }: Overview, words: DashboardCall['t']['dashboard']['overview']) {
  return {
    days: days.map(({ day }) => day),
    unit: 'count',
    series: [
      { label: words.allowed, values: days.map(({ allowed }) => allowed), tone: 'accent' },
      { label: words.refusedShort, values: days.map(({ refused }) => refused), tone: 'bad' },
    ],
  };
}

function stepsOf({ by }: DashboardCall, { steps, property, check }: FirstSteps, base: string) {
  const isAdmin = by.user.role === 'admin';
  const target = { baseUrl: base, propertyId: isAdmin ? (property?.id ?? null) : null };
  return {
    steps,
    done: steps.filter((one) => one.done).length,
    register: property && registerCall(target, property),
    check: check && checkCall(target, check),
    link: `${base}/opt-out?company=${encodeURIComponent(by.company.company_id)}`,
  };
}
