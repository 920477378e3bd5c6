import type { Context } from '../../context';
import { consistencyRanges } from '../../lib/tlog/merkle';
import {
  isSignedBy,
  keyIdOf,
  parseNote,
  parseSignatures,
  signatureLine,
} from '../../lib/tlog/note';
import type { WitnessSetting } from '../../lib/witness-list';
import type { LogHead } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { readPath } from './receipt';

/** A witness has cosigned a tree that this log does not go on from. */
export class Contradiction extends Error {}

/** A checkpoint that is to be cosigned. */
export interface Submitted {
  ctx: Context;
  region: Region;
  head: LogHead;
  /** Signed. */
  checkpoint: string;
}

/** The most that a witness's answer is read of. */
const MAX_ANSWER_BYTES = 16 * 1024;
const HTTP = { ok: 200, conflict: 409, inconsistent: 422 } as const;

/**
 * Has a witness cosign a checkpoint: C2SP tlog-witness, `add-checkpoint`.
 * @param oldSize what it is thought to have cosigned; if it says another size it is asked once more
 * @returns the line of its cosignature
 * @throws Contradiction when it knows another log of this name, or more of it
 * @throws Error when it gives none
 */
export async function submitCheckpoint(
  submitted: Submitted,
  witness: WitnessSetting,
  oldSize: number,
  signal: AbortSignal,
): Promise<string> {
  const { head } = submitted;
  let answer = await post(submitted, witness, oldSize, signal);
  if (answer.status === HTTP.conflict) {
    const size = sizeIn(answer);
    if (size > head.size) {
      throw new Contradiction(
        `${witness.key.name} has cosigned ${size} records of this log, and there are ${head.size}`,
      );
    }
    answer = await post(submitted, witness, size, signal);
  }
  if (answer.status === HTTP.inconsistent) {
    throw new Contradiction(`${witness.key.name} has cosigned another tree of this log`);
  }
  if (answer.status !== HTTP.ok) throw new Error(`it answers ${answer.status}`);
  return cosignatureIn(submitted.checkpoint, answer.text, witness);
}

interface Answer {
  status: number;
  type: string | null;
  text: string;
}

async function post(
  { ctx, region, head, checkpoint }: Submitted,
  { url }: WitnessSetting,
  oldSize: number,
  signal: AbortSignal,
): Promise<Answer> {
  const ranges = consistencyRanges(oldSize, head.size);
  const proof = await readPath({ ctx, region, head, ranges });
  const body = [`old ${oldSize}`, ...proof, '', checkpoint].join('\n');
  const response = await fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body,
    redirect: 'error',
    signal,
  });
  const { status, headers } = response;
  return { status, type: headers.get('content-type'), text: await readText(response) };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the transfer.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function sizeIn({ type, text }: Answer): number {
  const [, size] = /^(0|[1-9]\d{0,14})\n$/.exec(text) ?? [];
  if (size === undefined || type?.split(';')[0] !== 'text/x.tlog.size') {
    throw new Error('it answers 409 without a size');
  }
  return Number(size);
}

/** The good one of the witness's own; those of keys that are not known here are left out. */
function cosignatureIn(checkpoint: string, lines: string, { key }: WitnessSetting): string {
  const keyId = keyIdOf(key);
  const signatures = parseSignatures(lines);
  const own = signatures?.find((one) => one.name === key.name && one.keyId === keyId);
  const text = parseNote(checkpoint)?.text ?? '';
  if (!signatures || !own || !isSignedBy({ text, signatures }, key)) {
    throw new Error('its answer has no good cosignature by the key in WITNESSES');
  }
  return signatureLine(key, own.bytes);
}
