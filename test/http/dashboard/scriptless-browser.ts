import { markDevice } from '../../../src/core/accounts/known-device';
import type { User } from '../../../src/store/accounts';
import { enter, makeUser } from '../../core/users/scene';
import type { TestCompany } from '../../helpers/company';
import type { Service } from '../../helpers/service';

/** A page as a browser gets it. */
export interface Fetched {
  status: number;
  received: Headers;
  html: string;
  /** Where a redirect leads. */
  location: string | null;
}

/** A browser without script: it keeps cookies and sends forms. */
export interface Browser {
  cookie: () => string;
  get: (path: string, headers?: Record<string, string>) => Promise<Fetched>;
  /** Posts the fields, with the form token of the last page unless they have one. */
  post: (
    path: string,
    fields: Record<string, string | string[]> | FormData,
    headers?: Record<string, string>,
  ) => Promise<Fetched>;
  /** Posts a form that redirects, and gets the page that it leads to. */
  postAndFollow: (path: string, fields: Record<string, string | string[]>) => Promise<Fetched>;
  formToken: () => string;
  /** Names the form on the last page. */
  operationId: () => string;
}

/** Opens a browser in which nobody is signed in. */
export function openBrowser(service: Service, given = ''): Browser {
  const jar = new Map<string, string>();
  const keep = (pair: string) => jar.set(pair.split('=')[0]!, pair);
  if (given !== '') given.split('; ').forEach(keep);
  const cookies = () => [...jar.values()].join('; ');
  let [token, operation] = ['', ''];
  const call = async (
    path: string,
    init: RequestInit = {},
    headers: Record<string, string> = {},
  ): Promise<Fetched> => {
    const response = await fetch(service.url + path, {
      redirect: 'manual',
      ...init,
      headers: { 'sec-fetch-site': 'same-origin', cookie: cookies(), ...headers },
    });
    for (const set of response.headers.getSetCookie()) keep(set.split(';')[0] ?? '');
    const html = await response.text();
    token = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? token;
    operation = /name="operation_id" value="([^"]+)"/.exec(html)?.[1] ?? operation;
    const location = response.headers.get('location');
    return { status: response.status, received: response.headers, html, location };
  };
  const post: Browser['post'] = (path, fields, headers = {}) => {
    if (fields instanceof FormData) return call(path, { method: 'POST', body: fields }, headers);
    const body = new URLSearchParams();
    for (const [name, values] of Object.entries({ form_token: token, ...fields })) {
      for (const value of [values].flat()) body.append(name, value);
    }
    return call(path, { method: 'POST', body }, headers);
  };
  return {
    cookie: cookies,
    formToken: () => token,
    operationId: () => operation,
    get: (path, headers) => call(path, {}, headers),
    post,
    postAndFollow: async (path, fields) => {
      const { status, location } = await post(path, fields);
      expect([path, status]).toEqual([path, 303]);
      return call(location ?? '');
    },
  };
}

/** A browser in which a new user of the company is signed in. */
export async function signedInBrowser(
  service: Service,
  company: TestCompany,
  role: User['role'] = 'admin',
): Promise<Browser & { email: string; userId: string }> {
  const { email, id } = await makeUser(service.ctx, company, role);
  // A browser that is known: nobody is told of it by mail.
  const device = markDevice({ ctx: service.ctx, userId: id });
  const { secret } = await enter(service.ctx, { email, device });
  const browser = openBrowser(service, `rescind_session=${secret}`);
  await browser.get('/dashboard/settings');
  return { ...browser, email, userId: id };
}
