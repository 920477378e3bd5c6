interface Member<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
  /** By `performance.now()`. */
  deadline: number;
}

/** How a group commit works; sizes are counts of requests. */
export interface GroupCommitOptions<Request, Answer> {
  /**
   * Answers every request of a group, in order; an Error as an answer rejects that request alone.
   * @param follow may be called once what is left does not hinder the next group, which then begins
   */
  run: (requests: Request[], follow: () => void) => Promise<(Answer | Error)[]>;
  maxSize: number;
  /** Further requests are refused, so that memory stays bounded. */
  maxWaiting: number;
  /** A request that has no answer after this time is refused, wherever it is by then. */
  deadlineMs: number;
  /** Makes the error for a request that is refused: too many are waiting, or it has waited too long. */
  refusal: () => Error;
  /** Whether a failed group is worth trying again in halves, to find the one member that broke it. */
  isOneRequestsFault: (error: unknown) => boolean;
  /** Whether nobody waits for an answer any more: it is left out of its group. Default: never. */
  isGone?: (request: Request) => boolean;
  /** What a request takes of a group's room, and how much room there is; default: no bound. */
  weight?: { of: (request: Request) => number; max: number };
  /**
   * Whose a request is, and how many of one of them a group takes while others are there, so that none
   * has to wait for all of another's; default: no bound.
   */
  share?: { of: (request: Request) => string; max: number };
  onGroup?: (size: number) => void;
}

/** One that begins beside one that ends. */
const MAX_RUNNING = 2;
/** Whoever sends one request after another counts as there in between. */
const THERE_FOR_MS = 1_000;

/**
 * Lets requests in flight together share one round of work (group commit). One group begins at a
 * time; what arrives meanwhile forms the next one, so the work on a request always starts after it
 * arrived.
 * @returns `submit`, which resolves or rejects for its own request only
 */
export function createGroupCommit<Request, Answer>(
  options: GroupCommitOptions<Request, Answer>,
): (request: Request) => Promise<Answer> {
  type One = Member<Request, Answer>;
  const waiting: One[] = [];
  /** Those without an answer, in order of arrival: the first is the first to be overdue. */
  const open = new Set<One>();
  let running = 0;
  /** The group that began last, until another may begin beside it. */
  let beginning: object | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** Whose request came last, and until when it counts that there are others. */
  let lastSharer: string | null = null;
  let sharedUntil = 0;

  function noteSharer(request: Request): void {
    const sharer = options.share?.of(request) ?? null;
    if (sharer === lastSharer) return;
    if (lastSharer !== null) sharedUntil = performance.now() + THERE_FOR_MS;
    lastSharer = sharer;
  }

  function settle(member: One, how: (member: One) => void): void {
    if (open.delete(member)) how(member);
  }

  function refuseIn(ms: number): void {
    // No reason for a process to stay.
    timer = setTimeout(refuseOverdue, ms).unref();
  }

  function refuseOverdue(): void {
    timer = null;
    const now = performance.now();
    for (const member of open) {
      if (member.deadline > now) {
        refuseIn(member.deadline - now);
        return;
      }
      settle(member, ({ reject }) => {
        reject(options.refusal());
      });
    }
  }

  async function attempt(group: One[], follow: () => void = () => undefined): Promise<void> {
    const rejectAll = (members: One[], error: unknown): void => {
      for (const member of members)
        settle(member, ({ reject }) => {
          reject(error);
        });
    };
    try {
      const answers = await options.run(
        group.map(({ request }) => request),
        follow,
      );
      group.forEach((member, i) => {
        const answer = answers[i] ?? new Error('a request got no answer');
        settle(member, ({ resolve, reject }) => {
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        });
      });
    } catch (error) {
      if (!options.isOneRequestsFault(error)) {
        // Those waiting would wait as long again for something that does not answer.
        rejectAll([...group, ...waiting.splice(0)], error);
      } else if (group.length > 1) {
        const half = group.length >> 1;
        await attempt(group.slice(0, half));
        await attempt(group.slice(half));
      } else {
        rejectAll(group, error);
      }
    }
  }

  /** Takes those that wait and are still to be answered, as many as one group may hold. */
  function nextGroup(): One[] {
    const { maxSize, isGone, weight } = options;
    const hasRoom = roomForEach();
    const group: One[] = [];
    const later: One[] = [];
    let weighs = 0;
    let looked = 0;
    for (const member of waiting) {
      if (group.length === maxSize) break;
      if (open.has(member) && isGone?.(member.request)) {
        settle(member, ({ reject }) => {
          reject(options.refusal());
        });
      } else if (open.has(member) && !hasRoom(member.request)) {
        later.push(member);
      } else if (open.has(member)) {
        weighs += weight?.of(member.request) ?? 0;
        if (weight && weighs > weight.max && group.length > 0) break;
        group.push(member);
      }
      looked += 1;
    }
    waiting.splice(0, looked, ...later);
    return group;
  }

  /** Counts what each has of a group; says whether there is room for one more. */
  function roomForEach(): (request: Request) => boolean {
    const { share } = options;
    if (!share || performance.now() > sharedUntil) return () => true;
    const counts = new Map<string, number>();
    return (request) => {
      const sharer = share.of(request);
      const count = counts.get(sharer) ?? 0;
      counts.set(sharer, count + 1);
      return count < share.max;
    };
  }

  function begin(): void {
    while (waiting.length > 0 && beginning === null && running < MAX_RUNNING) {
      const group = nextGroup();
      if (group.length === 0) continue;
      options.onGroup?.(group.length);
      running += 1;
      beginning = group;
      const follow = (): void => {
        if (beginning === group) beginning = null;
      };
      void attempt(group, () => {
        follow();
        begin();
      }).then(() => {
        running -= 1;
        follow();
        begin();
      });
    }
  }

  return (request) =>
    new Promise<Answer>((resolve, reject) => {
      if (waiting.length >= options.maxWaiting) {
        reject(options.refusal());
        return;
      }
      const deadline = performance.now() + options.deadlineMs;
      const member = { request, resolve, reject, deadline };
      open.add(member);
      noteSharer(request);
      if (!timer) refuseIn(options.deadlineMs);
      // Requests read from their sockets in the same turn join the first group.
      if (waiting.push(member) === 1) setImmediate(begin);
    });
}
