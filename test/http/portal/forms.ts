import type { Service } from '../../helpers/service';

/** A page as tests see it. */
export interface ShownPage {
  status: number;
  headers: Headers;
  html: string;
  /** Text of the first heading. */
  heading: string;
  /** The token of the page's forms. */
  token: string;
}

/** Sends a form as a browser does from a page of ours, and follows it to the last page. */
export async function submit(
  service: Service,
  path: string,
  form: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<ShownPage> {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { origin: service.url, ...headers },
    body: new URLSearchParams(form),
    redirect: 'manual',
  });
  const location = response.headers.get('location') ?? '';
  if (!location.startsWith('/opt-out/done/')) return shown(response);
  return shown(await fetch(service.url + location, { headers }));
}

/** Reads an answer as a page. */
export async function shown(response: Response): Promise<ShownPage> {
  const html = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    html,
    heading: /<h1[^>]*>([^<]*)</.exec(html)?.[1] ?? '',
    token: /name="token" value="([^"]+)"/.exec(html)?.[1] ?? '',
  };
}
