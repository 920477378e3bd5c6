import { getWallet } from '../../core/wallet/get-wallet';
import { listTopUps } from '../../core/top-ups/list-top-ups';
import { lastCalls } from '../../core/security-log/last-calls';
import { listEndpointHealth, MAX_WAITING_COUNTED } from '../../core/webhooks/endpoint-health';
import { putAway } from '../pages/shown-once';
import { companyOf, companyPath, companyTab, type Tab, TABS, tabPath } from './company-page';
import { namedRequests } from './named-top-ups';
import { type OperatorRoutes, parameter, queried } from './operator-page';

/** Where the forms of earlier pages stood, and what their errors were shown at. */
const MOVED: [string, Tab][] = [
  ['tokens', 'credentials'],
  ['api-keys', 'credentials'],
  ['top-ups', 'wallet'],
  ['retention', 'cleanups'],
];

/** What a company is, what is left to set up, and what its money and calls are. */
export function mountOverview({ ctx, get, post }: OperatorRoutes): void {
  get('/companies/:company_id', async (call) => {
    const company = await companyOf(ctx, call);
    const { company_id: companyId } = company;
    const [wallet, { waiting }, called, endpoints] = await Promise.all([
      getWallet({ ctx, companyId }),
      listTopUps({ ctx, companyId }),
      lastCalls({ ctx, companyIds: [companyId] }),
      listEndpointHealth({ ctx, companyId }),
    ]);
    const named = waiting.map((one) => ({ ...one, company_name: company.name }));
    const requests = await namedRequests(ctx, named);
    const data = {
      wallet,
      requests,
      lastCall: called.get(companyId) ?? null,
      // Never their paths, which can be secrets.
      endpoints: endpoints.map(({ url, ...rest }) => ({ ...rest, host: new URL(url).host })),
      maxWaiting: MAX_WAITING_COUNTED,
    };
    return companyTab(ctx, call, { company, tab: 'overview', data });
  });
  for (const [path, tab] of MOVED) {
    get(`/companies/:company_id/${path}`, (call) => ({
      redirect: call.link(tabPath(parameter(call, 'company_id'), tab)),
    }));
  }
  post('/companies/:company_id/copied', (call) => {
    const companyId = parameter(call, 'company_id');
    putAway(ctx, call, companyPath(companyId));
    const tab = TABS.find((name) => name === queried(call, 'tab')) ?? 'overview';
    return { redirect: call.link(tabPath(companyId, tab)) };
  });
}
