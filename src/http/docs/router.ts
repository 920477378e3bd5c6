import type { Router } from 'express';
import type { Context } from '../../context';
import { findDemo } from '../../core/credentials/find-demo';
import { formatUsd } from '../../lib/usd';
import { baseUrl } from '../base-url';
import { pageRouter } from '../pages/page-router';
import type { Pages } from '../pages/pages';
import { priceRows } from './prices';
import { quickstart } from './quickstart';
import { refusalRows } from './refusals';
import { webhookDocs } from './webhooks';

/** Makes a client; README has the same line. */
const CLIENT =
  'npx --yes -p typescript@6.0.3 -p @hey-api/openapi-ts@0.95.0 openapi-ts -i %/openapi.json -o client';

/** `/docs`: how to begin, what calls cost, what refusals mean, and the reference. */
export function docsRouter(ctx: Context, pages: Pages): Router {
  return pageRouter(pages, '/docs', ({ get }) => {
    get('/', async (call) => {
      const { t, request } = call;
      const url = baseUrl(request, ctx.config.publicUrl);
      const demo = await findDemo({ ctx });
      return {
        template: 'docs/docs',
        title: t.docs.title,
        reference: true,
        shell: {
          label: t.docs.nav.label,
          home: '/',
          items: Object.entries(SECTIONS).map(([name, icon]) => ({
            href: `/docs#${name}`,
            icon,
            text: t.docs.nav[name as keyof typeof SECTIONS],
            current: false,
          })),
        },
        data: {
          d: t.docs,
          calls: quickstart(url, demo),
          isDemo: demo !== null,
          client: CLIENT.replace('%', url),
          prices: priceRows(ctx.config.prices),
          usd: formatUsd,
          refusals: refusalRows(t.docs.advice),
          webhooks: webhookDocs(),
        },
      };
    });
  });
}

const SECTIONS = {
  start: 'rocket',
  credentials: 'key-round',
  prices: 'wallet',
  webhooks: 'webhook',
  refusals: 'shield-x',
  reference: 'book-open',
} as const;
