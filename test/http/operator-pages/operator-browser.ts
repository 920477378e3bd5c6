import type { Service } from '../../helpers/service';
import { shown, type ShownPage } from '../portal/forms';

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
