import { Router } from 'express';
import { languageOf, languagesOf } from '../pages/language';
import { pageErrors } from '../pages/page-errors';
import type { Pages } from '../pages/pages';

/** Who comes here, and the page for them; what consumers come for is first. */
const DOORS = [
  { who: 'consumer', path: '/opt-out', icon: 'hand' },
  { who: 'company', path: '/dashboard', icon: 'building-2' },
  { who: 'developer', path: '/docs', icon: 'code-xml' },
  { who: 'operator', path: '/operator/login', icon: 'server-cog' },
] as const;

/**
 * The front door, `GET /`: leads people to the page for them. Not a `pageRouter`, which would answer
 * every unknown path with a page: below `/` is the API, whose answers are JSON.
 */
export function frontDoor(pages: Pages): Router {
  const router = Router();
  router.get('/', (request, response) => {
    response.locals.route = '/';
    response.set(pages.headers);
    const language = languageOf(request, 'portal');
    const { front } = language.t.portal;
    const others = languagesOf('portal').filter(({ tag }) => tag !== language.tag);
    pages.send(response, language, {
      template: 'front/front',
      title: front.title,
      wide: true,
      data: {
        doors: DOORS.map(({ who, ...door }) => ({ ...door, ...front.doors[who] })),
        languages: others.map((one) => ({ ...one, path: `/?lang=${one.tag}` })),
      },
    });
  });
  router.use(pageErrors(pages, 'portal'));
  return router;
}
