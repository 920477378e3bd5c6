import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { listJwks, listLogKeys, readCheckpoint, readTile } from '../../core/proof/read-log';
import { type Declared, declare } from '../operation';
import { verifierWith } from '../../core/proof/verifier';

const REGIONS = [
  ['default', ''],
  ['us', '/us'],
] as const;
type Region = (typeof REGIONS)[number][0];
const DAY_SECONDS = 86_400;
const NOTHING_YET = 'Nothing has been put into the log yet.';

/** What is told of one log. */
function callsOf(path: string, id: string, log: string): Declared[] {
  return [
    {
      method: 'get',
      path: `${path}/checkpoint`,
      operation: {
        id: `get${id}Checkpoint`,
        summary: `How far ${log} has come`,
        description:
          'A signed note with the size of the Merkle tree and its root (C2SP `tlog-checkpoint`). Within 2 s of what was recorded it covers it.',
        answers: { 200: { 'text/plain': z.string() } },
        refusals: { 404: NOTHING_YET },
      },
    },
    {
      method: 'get',
      path: `${path}/tile/*tile`,
      operation: {
        id: `get${id}Tile`,
        summary: `Hashes of the tree of ${log}`,
        description:
          'Up to 256 hashes of 32 bytes (C2SP `tlog-tiles`), from which anybody can compute that an older checkpoint is part of a newer one. What the hashes are of is never public.',
        answers: { 200: { 'application/octet-stream': z.string() } },
        refusals: { 404: 'The published tree has no such tile.' },
      },
    },
  ];
}

/** What is told of a region: of its log, and of each that it has had. */
function callsOfRegion(path: string, id: string): Declared[] {
  const log = id === '' ? 'the log' : 'the log of the US region';
  const ofOne = `a log of ${id === '' ? 'the default' : 'the US'} region, by its number`;
  const withNumber = (call: Declared): Declared => ({
    ...call,
    operation: {
      ...call.operation,
      description: `${call.operation.description} \`log\` is the end of the origin that a receipt names, such as \`2-20261127093000\`, or its number alone: 0 is the log of what earlier releases have recorded, 1 the first. One that another has followed does not change any more.`,
      refusals: { 404: 'There is no such log, or it has no such tile.' },
    },
  });
  return [
    ...callsOf(path, id, log),
    ...callsOf(`${path}/:log`, `${id}Former`, ofOne).map(withNumber),
    {
      method: 'get',
      path: `${path}/keys`,
      operation: {
        id: `get${id}LogKeys`,
        summary: `The keys that ${log} is signed with`,
        description:
          'Verifier keys (C2SP `signed-note`), one a line, the newest first, each after the origin of its log: all logs that the region has had are there. Keep them: who has them need not trust us later.',
        answers: { 200: { 'text/plain': z.string() } },
      },
    },
  ];
}

const VERIFIER: Declared = {
  method: 'get',
  path: '/log/verify-receipt.mjs',
  operation: {
    id: 'getReceiptVerifier',
    summary: 'The program that verifies receipts',
    description:
      'Eighty lines for Node.js that ask nobody, with the keys of this service in them: `node verify-receipt.mjs receipt.json` says `good` or `bad` in a line and exits 0 or 1.',
    answers: { 200: { 'text/javascript': z.string() } },
  },
};

const JWKS: Declared = {
  method: 'get',
  path: '/.well-known/jwks.json',
  operation: {
    id: 'getLogJwks',
    summary: 'The keys that the logs are signed with, as a JWK set',
    description:
      'Every key of every log of all regions, also those that no longer sign: what they signed stays good. `kid` is the id of the key in `/log/keys`.',
    answers: {
      200: z
        .object({
          keys: z.array(
            z.object({
              kty: z.literal('OKP'),
              crv: z.literal('Ed25519'),
              use: z.literal('sig'),
              alg: z.literal('EdDSA'),
              kid: z.string().regex(/^[0-9a-f]{8}$/),
              x: z.string().regex(/^[\w-]{43}$/),
            }),
          ),
        })
        .meta({ id: 'LogJwks' }),
    },
  },
};

/** `/log/…`: what anybody may know of the log by which the service proves what it recorded. */
export function logRouter(ctx: Context): Router {
  const router = Router();
  declare(router, VERIFIER);
  router.get(VERIFIER.path, async (request, response) => {
    response.locals.route = request.path;
    const regions = REGIONS.map(([region]) => listLogKeys({ ctx, region }));
    response.type('text/javascript').send(verifierWith((await Promise.all(regions)).flat()));
  });
  declare(router, JWKS);
  router.get(JWKS.path, async (request, response) => {
    response.locals.route = request.path;
    response.json(await listJwks({ ctx }));
  });
  for (const [region, under] of REGIONS) {
    const path = `/log${under}`;
    for (const call of callsOfRegion(path, region === 'us' ? 'Us' : '')) declare(router, call);
    router.get(`${path}/keys`, async (request, response) => {
      response.locals.route = request.path;
      const keys = await listLogKeys({ ctx, region });
      answerText(response, keys.map((key) => `${key}\n`).join(''));
    });
    mountLog({ router, ctx, region, path });
  }
  // After all others, as what is no number is the name of something else.
  for (const [region, under] of REGIONS)
    mountLog({ router, ctx, region, path: `/log${under}/:log` });
  return router;
}

/** Checkpoint and tiles of one log. */
function mountLog({
  router,
  ctx,
  region,
  path,
}: {
  router: Router;
  ctx: Context;
  region: Region;
  path: string;
}): void {
  router.get(`${path}/checkpoint`, async (request: Request<{ log?: string }>, response) => {
    response.locals.route = `${path}/checkpoint`;
    const checkpoint = await readCheckpoint({ ctx, region, log: request.params.log });
    response.set('Cache-Control', 'no-cache');
    answerText(response, checkpoint);
  });
  router.get(
    `${path}/tile/*tile`,
    async (request: Request<{ log?: string; tile: string[] }>, response) => {
      response.locals.route = `${path}/tile`;
      const { log, tile } = request.params;
      const hashes = await readTile({ ctx, region, log, path: [tile].flat().join('/') });
      // A tile with this many hashes never changes.
      response.set('Cache-Control', `public, max-age=${String(DAY_SECONDS)}, immutable`);
      response.type('application/octet-stream').send(hashes);
    },
  );
}

function answerText(response: Response, text: string): void {
  response.type('text/plain; charset=utf-8').send(text);
}
