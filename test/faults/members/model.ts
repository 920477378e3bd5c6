import type { Reply } from '../../helpers/service';
import { until } from '../../helpers/until';
import type { Web } from '../processes';

/** Longer than any call may take; nobody waits for ever. */
const ANSWERED_WITHIN_MS = 30_000;
const BACK_WITHIN_MS = 60_000;
const SHOWN_CHARACTERS = 500;

/** What a round of calls came to. */
export interface Tally {
  checks: number;
  revocations: number;
  /** 503 with `Retry-After`. */
  unavailable: number;
  /** The connection broke. */
  cut: number;
  /** 409, as a call under the same key was still running. */
  running: number;
  /** Refusals by what was called. */
  refused: Record<string, number>;
}

/** The counts that a batch must end with. */
export type ExpectedBatch = Record<string, number | string>;

/** What the callers of a service have asked for and been told, and what may therefore not be. */
export class Model {
  /** Certificates that somebody asked to revoke. */
  readonly asked = new Set<string>();
  /** Those that a caller was told are revoked. */
  readonly acknowledged = new Set<string>();
  /** By the ids of accepted batches. */
  readonly batches = new Map<string, ExpectedBatch>();
  /** Keys under which a check was answered by 200. */
  readonly paidKeys = new Set<string>();
  /** Checks without a key: those answered 200, and those that got no answer and may be charged. */
  readonly plain = { paid: 0, unanswered: 0 };
  /** Sessions that a caller was told are kept. */
  readonly retained = new Set<string>();
  /** What must never be, as it was seen. */
  readonly broken: string[] = [];
  tally = newTally();
  /** By web process, when it has rightly answered a check. */
  private readonly answeredAt: [number[], number[]] = [[], []];

  /** Forgets the counts of the last round, not what was promised. */
  beginRound(): void {
    this.tally = newTally();
    this.broken.length = 0;
    for (const times of this.answeredAt) times.length = 0;
  }

  /**
   * Makes a call. Null: it was refused as it may be, by a 503 with `Retry-After`, by a 409 to a key in use,
   * or by a cut connection.
   */
  async ask(what: string, at: Web, call: (at: Web) => Promise<Reply>): Promise<Reply | null> {
    try {
      const reply = await inTime(call(at));
      if (reply.status === 409) this.tally.running += 1;
      else if (reply.status === 503 && reply.headers.has('retry-after'))
        this.tally.unavailable += 1;
      else if (reply.status >= 500)
        this.break(what, `${String(reply.status)} ${JSON.stringify(reply.body)}`);
      else return reply;
    } catch (error) {
      if (isCut(error)) this.tally.cut += 1;
      else this.break(what, String(error));
    }
    this.tally.refused[what] = (this.tally.refused[what] ?? 0) + 1;
    return null;
  }

  break(what: string, seen: string): void {
    this.broken.push(`${what}: ${seen.slice(0, SHOWN_CHARACTERS)}`);
  }

  /** Holds the answer to a check against what was known when it was asked. */
  judgeCheck(index: number, id: string, wasAcknowledged: boolean, { status, body }: Reply): void {
    this.tally.checks += 1;
    if (status === 200 && wasAcknowledged) this.break('check', `${id} passes though revoked`);
    if (status === 403 && !this.asked.has(id)) this.break('check', `${id} is revoked by nobody`);
    if (status !== 200 && status !== 403)
      this.break('check', `${String(status)} ${JSON.stringify(body)}`);
    this.answeredAt[index]?.push(performance.now());
  }

  acknowledge(ids: string[]): void {
    const fresh = ids.filter((id) => !this.acknowledged.has(id));
    this.tally.revocations += fresh.length;
    for (const id of fresh) this.acknowledged.add(id);
  }

  /** Waits until these web processes have answered this many checks since a time. */
  async answering(indexes: number[], since: number, count = 5): Promise<void> {
    await until(
      `web processes ${indexes.join()} answer`,
      () => indexes.every((index) => this.answersSince(index, since).length >= count),
      BACK_WITHIN_MS,
    );
  }

  /** Waits for the first answer of each since a time, and returns how long that took at most, in ms. */
  async backAfter(indexes: number[], since: number): Promise<number> {
    await this.answering(indexes, since, 1);
    return Math.max(...indexes.map((index) => (this.answersSince(index, since)[0] ?? 0) - since));
  }

  private answersSince(index: number, since: number): number[] {
    return (this.answeredAt[index] ?? []).filter((at) => at >= since);
  }
}

function newTally(): Tally {
  return {
    checks: 0,
    revocations: 0,
    unavailable: 0,
    cut: 0,
    running: 0,
    refused: {},
  };
}

function isCut(error: unknown): boolean {
  return /^TypeError: (fetch failed|terminated)$/.test(String(error));
}

async function inTime<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${String(ANSWERED_WITHIN_MS)} ms`)),
      ANSWERED_WITHIN_MS,
    );
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
