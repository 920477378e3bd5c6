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

/** Which of a region's logs. */
interface AskedOne extends Asked {
  /** Its number, or how its origin ends (`2-20261127093000`); default: the one that grows. */
  log?: string | undefined;
}

/**
 * The newest published checkpoint of a log, as a signed note; of one that another has followed, the last.
 * @throws AppError not_found while there is none
 */
export async function readCheckpoint(asked: AskedOne): Promise<string> {
  return (await publishedHead(asked)).checkpoint;
}

/**
 * The bytes of a tile that belongs to what is published.
 * @param path after `tile/`, see `tilePath`
 * @throws AppError not_found
 */
export async function readTile({
  ctx,
  region,
  log,
  path,
}: AskedOne & { path: string }): Promise<Buffer> {
  const asked = parseTilePath(path);
  const head = await publishedHead({ ctx, region, log });
  if (!asked || widthOf(asked, head.checkpoint_size) < asked.width) {
    throw new AppError('not_found');
  }
  const [tile] = await ctx.store.regions[region].proofLog.findTiles(head._id, [asked]);
  if (!tile) throw new AppError('not_found');
  return tile.hashes.subarray(0, asked.width * HASH_BYTES);
}

/**
 * The keys whose signatures are good under any log that the region has had, as verifier keys, which begin
 * with its origin; the newest first.
 */
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

/** @throws AppError not_found while nothing is published, or if there is no such log */
async function publishedHead(asked: AskedOne): Promise<LogHead & { checkpoint: string }> {
  const head = await findHead(asked);
  const checkpoint = head?.checkpoint ?? null;
  if (!head || checkpoint === null) throw new AppError('not_found');
  return { ...head, checkpoint };
}

async function findHead({ ctx, region, log }: AskedOne): Promise<LogHead | null | undefined> {
  const { proofLog } = ctx.store.regions[region];
  if (log === undefined) return proofLog.head();
  // Other origins end in words, which name no log.
  if (!/^\d+(-\d+)?$/.test(log)) return null;
  const heads = await proofLog.heads();
  return heads.find(({ _id, origin }) => String(_id) === log || origin.endsWith(`/${log}`));
}
