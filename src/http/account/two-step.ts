import { toString as draw } from 'qrcode';
import { getTwoStep } from '../../core/two-step/get-two-step';
import { setUp } from '../../core/two-step/set-up';
import { AppError } from '../../errors';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { putAway } from '../pages/shown-once';
import { backShowing, type Own, type OwnAccount } from './own-account';
import { wrongCode, wrongPassword } from './wrong-password';

/** What somebody typed into the form. */
interface Typed {
  password: string;
  code: string;
}

/** The same, refused. */
interface Refused {
  status: number;
  errors: { current?: string; code?: string };
}

const NOT_REFUSED: Refused = { status: 200, errors: {} };

/** What an area has of its own. */
export interface OwnTwoStep<Call extends PageCall, Shown> extends OwnAccount<Call, Shown> {
  turnOn: (call: Call, typed: Typed & { sealed: string }) => Promise<string[]>;
  turnOff: (call: Call, typed: Typed) => Promise<void>;
  makeCodes: (call: Call, typed: Typed) => Promise<string[]>;
  /** Back to the account's page, which says that it is off, or was on already. */
  saying: (call: Call, what: 'twoStepOff' | 'twoStepOn') => Redirect;
  /** The template that asks before something is done. */
  question: string;
}

/** Turning one's own two-step sign-in on and off, and making recovery codes anew; for viewers too. */
export function mountTwoStep<Call extends PageCall, Shown>(area: OwnTwoStep<Call, Shown>): void {
  const { ctx, get, post, route, path, who } = area;
  const back = ({ link }: Call): Redirect => ({ redirect: link(path) });
  const ifIs =
    (on: boolean, page: (call: Call, own: Own) => Promise<Shown> | Shown) =>
    async (call: Call): Promise<Shown | Redirect> => {
      const own = who(call);
      const isOn = own && (await getTwoStep({ ctx, account: own.account.id })) !== null;
      return own && isOn === on ? page(call, own) : back(call);
    };
  get(
    `${route}/two-step`,
    ifIs(false, (call, own) => setUpPage(area, call, own)),
  );
  post(`${route}/two-step`, async (call) => {
    const own = who(call);
    return own ? turnOn(area, call, own) : back(call);
  });
  for (const what of ['off', 'codes'] as const) {
    const at = `${route}/two-step/${what}`;
    get(
      at,
      ifIs(true, (call) => askPage(area, call, what)),
    );
    post(at, async (call) => {
      try {
        if (what === 'codes')
          return backShowing(area, call, await area.makeCodes(call, typed(call)));
        await area.turnOff(call, typed(call));
        return area.saying(call, 'twoStepOff');
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        // Turned off meanwhile.
        if (error.code === 'two_step_off') return back(call);
        return askPage(area, call, what, whyRefused(error, call));
      }
    });
  }
  post(`${route}/copied`, (call) => {
    putAway(ctx, call, path);
    return back(call);
  });
}

function typed({ request }: PageCall): Typed {
  return { password: field(request, 'current'), code: field(request, 'code') };
}

async function setUpPage<Call extends PageCall, Shown>(
  { ctx, path, framed }: OwnTwoStep<Call, Shown>,
  call: Call,
  { account: { id, email } }: Own,
  { status, errors }: Refused = NOT_REFUSED,
): Promise<Shown> {
  const { t, request, link } = call;
  const begun = field(request, 'setup');
  const { sealed, uri, key } = setUp({ ctx, account: id, name: email, sealed: begun });
  const svg = await draw(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
  return framed(call, {
    status,
    template: 'account/two-step',
    title: t.account.twoStep.title,
    data: {
      tab: 'account',
      errors,
      sealed,
      picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
      key: key.replace(/.{4}(?!$)/g, '$& '),
      action: link(`${path}/two-step`),
      back: link(path),
    },
  });
}

async function turnOn<Call extends PageCall, Shown>(
  area: OwnTwoStep<Call, Shown>,
  call: Call,
  own: Own,
): Promise<Shown | Redirect> {
  const sealed = field(call.request, 'setup');
  try {
    return backShowing(area, call, await area.turnOn(call, { ...typed(call), sealed }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'already_exists') return area.saying(call, 'twoStepOn');
    const isOver = error.extra.details?.some(({ path }) => path === 'setup');
    const refused = isOver
      ? { status: 400, errors: { code: call.t.account.twoStep.expired } }
      : whyRefused(error, call);
    return setUpPage(area, call, own, refused);
  }
}

/** Asks for password and code. */
function askPage<Call extends PageCall, Shown>(
  { path, framed, question }: OwnTwoStep<Call, Shown>,
  call: Call,
  what: 'off' | 'codes',
  { status, errors }: Refused = NOT_REFUSED,
): Shown {
  const w = call.t.account.twoStep;
  return framed(call, {
    status,
    template: question,
    title: w[`${what}Title`],
    data: {
      heading: w.account,
      question: w[`${what}Title`],
      note: w[`${what}Note`],
      button: what === 'off' ? w.turnOff : w.newCodes,
      action: `${path}/two-step/${what}`,
      back: path,
      isOwn: true,
      password: { label: w.ownPassword, hint: w.ownPasswordHint, error: errors.current },
      code: { label: w.code, hint: w.anyCodeHint, error: errors.code },
    },
  });
}

/** @throws the refusal itself when it is about neither password nor code */
function whyRefused(error: AppError, { t }: PageCall): Refused {
  const isPassword = error.extra.details?.some(({ path }) => path === 'current_password');
  const { status, text } = isPassword ? wrongPassword(error, t) : wrongCode(error, t);
  return { status, errors: isPassword ? { current: text } : { code: text } };
}
