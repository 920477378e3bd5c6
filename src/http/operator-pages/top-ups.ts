import { approveTopUp } from '../../core/top-ups/approve-top-up';
import { declineTopUp, MAX_DECLINE_REASON_CHARACTERS } from '../../core/top-ups/end-top-up';
import { getWallet } from '../../core/wallet/get-wallet';
import { getWaitingTopUp, listWaitingTopUps } from '../../core/top-ups/list-top-ups';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { formatUsd } from '../dashboard/format';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { companyQuestion, tabPath } from './company-page';
import { isLarge, usdInWords } from './large-amounts';
import { namedRequests } from './named-top-ups';
import {
  backTo,
  type Notice,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  PREFIX,
} from './operator-page';

const PATH = `${PREFIX}/top-ups`;

/** The top-ups that wait, of all companies; approving and declining them. */
export function mountTopUps({ ctx, get, post }: OperatorRoutes): void {
  get('/top-ups', async ({ t }) => ({
    section: 'topUps',
    template: 'operator-pages/top-ups',
    title: t.operator.topUps.title,
    data: { requests: await namedRequests(ctx, await listWaitingTopUps({ ctx })) },
  }));
  get('/top-ups/:id/approve', (call) => askToApprove(ctx, call), { adminsOnly: true });
  get('/top-ups/:id/decline', (call) => declineForm(ctx, call), { adminsOnly: true });
  post('/top-ups/:id/approve', (call) => approve(ctx, call));
  post('/top-ups/:id/decline', (call) => decline(ctx, call));
}

async function approve(ctx: Context, call: PageCall): Promise<Redirect> {
  const requestId = parameter(call, 'id');
  const caller = operatorCaller(call.request);
  if (field(call.request, 'confirmed') !== '1') {
    const request = await getWaitingTopUp({ ctx, requestId });
    if (request && isLarge(request.amount_microusd)) {
      return { redirect: call.link(`${PATH}/${requestId}/approve`) };
    }
  }
  return decided(call, 'topUpApproved', () => approveTopUp({ ctx, requestId, caller }));
}

/** A large one is named in words first, and what it leads to. */
async function askToApprove(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const requestId = parameter(call, 'id');
  const request = await getWaitingTopUp({ ctx, requestId });
  if (!request) return backTo(call, PATH, 'topUpDecided');
  const { company_id, company_name: name, amount_microusd: amount } = request;
  const { available_microusd: available } = await getWallet({ ctx, companyId: company_id });
  const { topUps: words, wallet } = call.t.operator;
  const usd = formatUsd(amount);
  return {
    ...companyQuestion({
      company: { company_id, name },
      tab: 'wallet',
      action: `${PATH}/${requestId}/approve`,
      hidden: { company_id, confirmed: '1' },
      danger: false,
      words: {
        title: words.approveTitle,
        heading: words.approveHeading(usd, name),
        text: wallet.after(formatUsd(available), formatUsd(available + amount)),
        more: [wallet.inWords(usdInWords(amount)), wallet.final],
        button: words.approveOne(usd, name),
      },
    }),
    section: 'topUps',
  };
}

async function decline(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const reason = field(call.request, 'reason').trim();
  if (reason === '' || reason.length > MAX_DECLINE_REASON_CHARACTERS) {
    return declineForm(ctx, call, { reason, error: call.t.operator.topUps.reasonWrong });
  }
  const requestId = parameter(call, 'id');
  const caller = operatorCaller(call.request);
  return decided(call, 'topUpDeclined', () => declineTopUp({ ctx, requestId, reason, caller }));
}

async function declineForm(
  ctx: Context,
  call: PageCall,
  typed: { reason: string; error: string } | null = null,
): Promise<OperatorPage | Redirect> {
  const request = await getWaitingTopUp({ ctx, requestId: parameter(call, 'id') });
  if (!request) return backTo(call, PATH, 'topUpDecided');
  return {
    section: 'topUps',
    status: typed ? 400 : 200,
    template: 'operator-pages/top-up-decline',
    title: call.t.operator.topUps.decline,
    data: { request, typed, path: PATH, maxReason: MAX_DECLINE_REASON_CHARACTERS },
  };
}

/** To the company's page, where the wallet shows what it led to. */
async function decided(
  call: PageCall,
  notice: Notice,
  decide: () => Promise<unknown>,
): Promise<Redirect> {
  const companyId = field(call.request, 'company_id');
  const back = companyId === '' ? PATH : tabPath(companyId, 'wallet');
  try {
    await decide();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'top_up_decided') throw error;
    return backTo(call, back, 'topUpDecided');
  }
  return backTo(call, back, notice);
}
