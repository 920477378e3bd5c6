import { toString as draw } from 'qrcode';
import { getTwoStep } from '../../core/two-step/get-two-step';
import { setUp } from '../../core/two-step/set-up';
import { makeRecoveryCodes, turnOffTwoStep } from '../../core/users/turn-off-two-step';
import { turnOnTwoStep } from '../../core/users/turn-on-two-step';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import { backShowing, PATH } from './account-page';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { wrongCode, wrongPassword } from './wrong-password';

const TWO_STEP = '/settings/account/two-step';

/** What somebody typed into a form of two steps, refused. */
interface Refused {
  status: number;
  errors: { current?: string; code?: string };
}

/** Turning one's own two-step sign-in on and off, and making recovery codes anew; for viewers too. */
export function mountTwoStep({ ctx, get, post }: DashboardRoutes): void {
  const viewersToo = { viewersToo: true };
  get(TWO_STEP, async (call) =>
    (await isOn(ctx, call)) ? { redirect: PATH } : setUpPage(ctx, call),
  );
  post(TWO_STEP, (call) => turnOn(ctx, call), viewersToo);
  get(`${TWO_STEP}/off`, async (call) =>
    (await isOn(ctx, call)) ? askPage(call, 'off') : { redirect: PATH },
  );
  get(`${TWO_STEP}/codes`, async (call) =>
    (await isOn(ctx, call)) ? askPage(call, 'codes') : { redirect: PATH },
  );
  const typed = ({ by, request }: DashboardCall) => ({
    ctx,
    by,
    password: field(request, 'current'),
    code: field(request, 'code'),
  });
  post(
    `${TWO_STEP}/off`,
    (call) =>
      orAsk(call, 'off', async () => {
        await turnOffTwoStep(typed(call));
        return { redirect: `${PATH}?saved=two-step-off` };
      }),
    viewersToo,
  );
  post(
    `${TWO_STEP}/codes`,
    (call) =>
      orAsk(call, 'codes', async () =>
        backShowing(ctx, call, await makeRecoveryCodes(typed(call))),
      ),
    viewersToo,
  );
}

async function isOn(ctx: Context, { by }: DashboardCall): Promise<boolean> {
  return (await getTwoStep({ ctx, account: by.user.user_id })) !== null;
}

async function setUpPage(
  ctx: Context,
  { by, t, request }: DashboardCall,
  { status, errors }: Refused = { status: 200, errors: {} },
): Promise<DashboardPage> {
  const { user_id: account, email: name } = by.user;
  const { sealed, uri, key } = setUp({ ctx, account, name, sealed: field(request, 'setup') });
  const svg = await draw(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
  return {
    section: 'settings',
    status,
    template: 'dashboard/two-step',
    title: t.dashboard.twoStep.title,
    data: {
      tab: 'account',
      errors,
      sealed,
      picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
      key: key.replace(/.{4}(?!$)/g, '$& '),
    },
  };
}

async function turnOn(ctx: Context, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const [password, code] = [field(request, 'current'), field(request, 'code')];
  const sealed = field(request, 'setup');
  try {
    return backShowing(ctx, call, await turnOnTwoStep({ ctx, by, password, sealed, code }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'already_exists') return { redirect: `${PATH}?saved=two-step-on` };
    const isOver = error.extra.details?.some(({ path }) => path === 'setup');
    const refused = isOver
      ? { status: 400, errors: { code: t.dashboard.twoStep.expired } }
      : whyRefused(error, call);
    return setUpPage(ctx, call, refused);
  }
}

/** Asks for password and code. */
function askPage(
  { t }: DashboardCall,
  what: 'off' | 'codes',
  { status, errors }: Refused = { status: 200, errors: {} },
): DashboardPage {
  const { twoStep: w, account } = t.dashboard;
  const password = { label: w.ownPassword, hint: w.ownPasswordHint, error: errors.current };
  return {
    section: 'settings',
    status,
    template: 'dashboard/confirm',
    title: w[`${what}Title`],
    data: {
      heading: account.title,
      question: w[`${what}Title`],
      note: w[`${what}Note`],
      button: what === 'off' ? w.turnOff : w.newCodes,
      action: `/dashboard${TWO_STEP}/${what}`,
      back: PATH,
      password,
      code: { label: w.code, hint: w.anyCodeHint, error: errors.code },
    },
  };
}

async function orAsk(
  call: DashboardCall,
  what: 'off' | 'codes',
  work: () => Promise<Redirect>,
): Promise<DashboardPage | Redirect> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Turned off meanwhile.
    if (error.code === 'two_step_off') return { redirect: PATH };
    return askPage(call, what, whyRefused(error, call));
  }
}

/** @throws the refusal itself when it is about neither password nor code */
function whyRefused(error: AppError, { t }: DashboardCall): Refused {
  const isPassword = error.extra.details?.some(({ path }) => path === 'current_password');
  if (isPassword) {
    const { status, text } = wrongPassword(error, t.dashboard);
    return { status, errors: { current: text } };
  }
  const { status, text } = wrongCode(error, t.dashboard);
  return { status, errors: { code: text } };
}
