import { randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseCheckpoint } from '../../src/lib/tlog/checkpoint';
import { EMPTY_ROOT, isConsistent, type TreeHead } from '../../src/lib/tlog/merkle';
import {
  cosignedText,
  formatKey,
  isSignedBy,
  type NoteKey,
  parseNote,
  privateKeyOf,
  publicKeyOf,
  signatureLine,
} from '../../src/lib/tlog/note';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A witness as C2SP tlog-witness has it. */
export interface TestWitness {
  key: NoteKey;
  url: string;
  /** As WITNESSES names it. */
  setting: string;
  /** The logs that it cosigns, by the keys that it believes. */
  trusts: NoteKey[];
  /** What it has cosigned, by origin; never forgotten. */
  known: Map<string, TreeHead>;
  /** The status of each answer. */
  statuses: number[];
  /** Answers in its place; null: it answers itself. */
  instead: Answer | null;
  close: () => Promise<void>;
}

const TIME_BYTES = 8;

/** Starts a witness over real HTTP. */
export async function startWitness(name: string): Promise<TestWitness> {
  const privateKey = privateKeyOf(randomBytes(32));
  const key: NoteKey = { name, use: 'cosignature', publicKey: publicKeyOf(privateKey) };
  const witness: Pick<TestWitness, 'trusts' | 'known' | 'statuses' | 'instead'> = {
    trusts: [],
    known: new Map(),
    statuses: [],
    instead: null,
  };
  const cosign = (text: string): string => {
    const seconds = Math.floor(Date.now() / 1_000);
    const time = Buffer.alloc(TIME_BYTES);
    time.writeBigUInt64BE(BigInt(seconds));
    const signature = sign(null, Buffer.from(cosignedText(text, seconds)), privateKey);
    return signatureLine(key, Buffer.concat([time, signature]));
  };
  const server = createServer((request, response) => {
    if (witness.instead) {
      witness.instead(request, response);
      return;
    }
    void readBody(request).then((body) => {
      const { status, text, type } = addCheckpoint(body, witness, cosign);
      witness.statuses.push(status);
      response.writeHead(request.url === '/w/add-checkpoint' ? status : 404, {
        'content-type': type ?? 'text/plain; charset=utf-8',
      });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/w`;
  return Object.assign(witness, {
    key,
    url,
    setting: `${formatKey(key)} ${url}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function addCheckpoint(
  body: string,
  { trusts, known }: Pick<TestWitness, 'trusts' | 'known'>,
  cosign: (text: string) => string,
): { status: number; text: string; type?: string } {
  const refused = (status: number) => ({ status, text: '' });
  const [, old, lines, signed] = /^old (0|[1-9]\d*)\n((?:\S+\n)*)\n([^]+)$/.exec(body) ?? [];
  const note = parseNote(signed ?? '');
  const checkpoint = parseCheckpoint(note?.text ?? '');
  if (!note || !checkpoint || lines === undefined) return refused(400);
  const keys = trusts.filter((key) => key.name === checkpoint.origin);
  if (keys.length === 0) return refused(404);
  if (!keys.some((key) => isSignedBy(note, key))) return refused(403);
  if (Number(old) > checkpoint.size) return refused(400);
  const latest = known.get(checkpoint.origin) ?? { size: 0, root: EMPTY_ROOT };
  if (Number(old) !== latest.size) {
    return { status: 409, text: `${String(latest.size)}\n`, type: 'text/x.tlog.size' };
  }
  const proof = lines
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line, 'base64'));
  if (!isConsistent(latest, checkpoint, proof)) return refused(422);
  known.set(checkpoint.origin, checkpoint);
  return { status: 200, text: cosign(note.text) };
}
