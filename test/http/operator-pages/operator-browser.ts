import type { Service } from '../../helpers/service';
import { shown, type ShownPage, submit } from '../portal/forms';

export const PAGES = '/operator/pages';

/** The headers of a browser in which the operator is signed in. */
export function operatorBasic({ ctx }: Service, pair = `operator:${ctx.config.operatorToken}`) {
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Looks at a page as the operator. */
export async function look(service: Service, path = ''): Promise<ShownPage> {
  const headers = operatorBasic(service);
  return shown(await fetch(service.url + PAGES + path, { headers, redirect: 'manual' }));
}

/** A browser in which somebody has signed in by the page. */
export interface OperatorBrowser {
  cookie: string;
  look: (path?: string) => Promise<ShownPage>;
  /** Sends a form of the page that was seen last, with its token. */
  send: (path: string, form?: Record<string, string>) => Promise<ShownPage>;
}

/** Signs in at `/operator/login`. */
export async function signInAt(
  service: Service,
  email: string,
  password: string,
): Promise<OperatorBrowser> {
  const answer = await submit(service, '/operator/login', { email, password });
  expect(answer.status).toBe(303);
  const cookies = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
  const cookie = cookies.join('; ');
  let formToken = '';
  const seen = (page: ShownPage): ShownPage => {
    formToken = /name="form_token" value="([^"]+)"/.exec(page.html)?.[1] ?? formToken;
    return page;
  };
  const get = async (path: string) =>
    seen(await shown(await fetch(service.url + path, { headers: { cookie }, redirect: 'manual' })));
  await get(PAGES);
  return {
    cookie,
    look: (path = '') => get(PAGES + path),
    send: async (path, form = {}) =>
      seen(await submit(service, PAGES + path, { form_token: formToken, ...form }, { cookie })),
  };
}
