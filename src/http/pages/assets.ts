import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type RequestHandler, Router } from 'express';
import { AppError } from '../../errors';

const own = (name: string) => path.join(__dirname, 'static', name);

const css = (name: string) => own(path.join('css', `${name}.css`));
const inter = (subset: string) =>
  require.resolve(`@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`);

/** Everything that pages load, all from our own server: its name in URLs → its file, or files. */
const FILES = {
  // Concatenated, as `@import` would cost another round trip.
  'rescind.css': [
    require.resolve('modern-normalize/modern-normalize.css'),
    require.resolve('uplot/dist/uPlot.min.css'),
    ...[
      'tokens',
      'base',
      'shell',
      'parts',
      'steps',
      'charts',
      'tables',
      'lists',
      'forms',
      'portal',
      'cards',
    ].map(css),
  ],
  'inter-latin.woff2': inter('latin'),
  'inter-latin-ext.woff2': inter('latin-ext'),
  'htmx.js': require.resolve('htmx.org/dist/htmx.min.js'),
  'pages.js': own('pages.js'),
  'chart.js': [require.resolve('uplot/dist/uPlot.iife.min.js'), own('chart.js')],
  'reference.css': [require.resolve('swagger-ui-dist/swagger-ui.css'), css('reference')],
  'swagger-ui.js': require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  'reference.js': own('reference.js'),
  'icon.svg': own('icon.svg'),
} as const;

export type AssetName = keyof typeof FILES;

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const FOREVER = 'public, max-age=31536000, immutable';
const VERSION_CHARACTERS = 12;

interface Asset {
  type: string;
  plain: Buffer;
  /** Made when it is first asked for: no start waits for it. */
  gzipped: () => Buffer;
}

/** The files that pages load: where each one is, and the route that serves them. */
export interface Assets {
  /** `/assets/<version>/<name>`, whose content never changes. */
  url: (name: AssetName) => string;
  router: Router;
}

/** Reads the files into memory; the version is a hash of all of them. */
export function loadAssets(): Assets {
  const files = new Map<string, Asset>(
    Object.entries(FILES).map(([name, of]) => [name, read(name, of)]),
  );
  const hash = createHash('sha256');
  for (const { plain } of files.values()) hash.update(plain);
  const version = hash.digest('hex').slice(0, VERSION_CHARACTERS);
  const router = Router();
  router.get('/assets/:version/:name', serve(files, version));
  return { url: (name) => `/assets/${version}/${name}`, router };
}

function read(name: string, files: string | readonly string[]): Asset {
  const plain = Buffer.concat([files].flat().map((file) => readFileSync(file)));
  const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
  let gzipped: Buffer | undefined;
  return { type, plain, gzipped: () => (gzipped ??= gzipSync(plain)) };
}

function serve(
  files: ReadonlyMap<string, Asset>,
  version: string,
): RequestHandler<{ version: string; name: string }> {
  return (request, response) => {
    response.locals.route = '/assets/:version/:name';
    const asset = files.get(request.params.name);
    if (!asset) throw new AppError('not_found');
    const gzip = request.acceptsEncodings('gzip') === 'gzip';
    // During a rollout, pages of the other version get what this one has, uncached.
    const current = request.params.version === version;
    response.set({
      'Cache-Control': current ? FOREVER : 'no-store',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Content-Type': asset.type,
      Vary: 'Accept-Encoding',
      ...(gzip && { 'Content-Encoding': 'gzip' }),
    });
    response.end(gzip ? asset.gzipped() : asset.plain);
  };
}
