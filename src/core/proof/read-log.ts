import type { Context } from '../../context';
import { AppError } from '../../errors';
import { formatKey, keyIdOf, type NoteKey } from '../../lib/tlog/note';
import { HASH_BYTES } from '../../lib/tlog/merkle';
import { parseTilePath, widthOf } from '../../lib/tlog/tiles';
import type { LogHead } from '../../store/proof-log';
import { type Region, REGIONS } from '../../store/regions';
import { noteKeysOf } from './log-keys';

/** A key of a log, for programs that know JSON Web Keys. */
export interface LogJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  use: 'sig';
  alg: 'EdDSA';
  /** As in its signatures: eight hexadecimal digits. */
  kid: string;
  /** The public key, base64url. */
  x: string;
}

interface Asked {
  ctx: Context;
  region: Region;
}

/**
 * The newest published checkpoint of a region's log, as a signed note.
 * @throws AppError not_found while there is none
 */
export async function readCheckpoint(asked: Asked): Promise<string> {
  return (await publishedHead(asked)).checkpoint;
}

/**
 * The bytes of a tile that belongs to what is published.
 * @param path after `tile/`, see `tilePath`
 * @throws AppError not_found
 */
export async function readTile({ ctx, region, path }: Asked & { path: string }): Promise<Buffer> {
  const asked = parseTilePath(path);
  const head = await publishedHead({ ctx, region });
  if (!asked || widthOf(asked, head.checkpoint_size) < asked.width) {
    throw new AppError('not_found');
  }
  const [tile] = await ctx.store.regions[region].proofLog.findTiles(head._id, [asked]);
  if (!tile) throw new AppError('not_found');
  return tile.hashes.subarray(0, asked.width * HASH_BYTES);
}

/** The keys whose signatures under a region's log are good, as verifier keys; the newest first. */
export async function listLogKeys(asked: Asked): Promise<string[]> {
  return (await noteKeys(asked)).map(formatKey);
}

/** The same, of every log that the region has had. */
export async function noteKeys({ ctx, region }: Asked): Promise<NoteKey[]> {
  const heads = await ctx.store.regions[region].proofLog.heads();
  return heads.flatMap(noteKeysOf);
}

/** The keys of all logs of all regions as a JWK set (RFC 7517, RFC 8037). */
export async function listJwks({ ctx }: { ctx: Context }): Promise<{ keys: LogJwk[] }> {
  const found = await Promise.all(REGIONS.map((region) => noteKeys({ ctx, region })));
  const keys = found.flat().map((key): LogJwk => {
    const x = key.publicKey.toString('base64url');
    return { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', kid: keyIdOf(key), x };
  });
  return { keys };
}

/** @throws AppError not_found while nothing is published */
async function publishedHead({ ctx, region }: Asked): Promise<LogHead & { checkpoint: string }> {
  const head = await ctx.store.regions[region].proofLog.head();
  const checkpoint = head?.checkpoint ?? null;
  if (!head || checkpoint === null) throw new AppError('not_found');
  return { ...head, checkpoint };
}
