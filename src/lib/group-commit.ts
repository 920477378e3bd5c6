interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
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
  /** Makes the error for a request that is refused because too many are waiting. */
  refusal: () => Error;
  /** Whether a failed group is worth trying again in halves, to find the one member that broke it. */
  isOneRequestsFault: (error: unknown) => boolean;
  onGroup?: (size: number) => void;
}

/** One that begins beside one that ends. */
const MAX_RUNNING = 2;

/**
 * Lets requests in flight together share one round of work (group commit). One group begins at a
 * time; what arrives meanwhile forms the next one, so the work on a request always starts after it
 * arrived.
 * @returns `submit`, which resolves or rejects for its own request only
 */
export function createGroupCommit<Request, Answer>(
  options: GroupCommitOptions<Request, Answer>,
): (request: Request) => Promise<Answer> {
  const waiting: Waiting<Request, Answer>[] = [];
  let running = 0;
  /** The group that began last, until another may begin beside it. */
  let beginning: object | null = null;

  async function attempt(
    group: Waiting<Request, Answer>[],
    follow: () => void = () => undefined,
  ): Promise<void> {
    try {
      const requests = group.map((member) => member.request);
      const answers = await options.run(requests, follow);
      group.forEach((member, i) => {
        const answer = answers[i];
        if (answer instanceof Error) member.reject(answer);
        else if (answer === undefined) member.reject(new Error('a request got no answer'));
        else member.resolve(answer);
      });
    } catch (error) {
      if (!options.isOneRequestsFault(error)) {
        // Those waiting would wait as long again for something that does not answer.
        for (const member of [...group, ...waiting.splice(0)]) member.reject(error);
      } else if (group.length > 1) {
        const half = group.length >> 1;
        await attempt(group.slice(0, half));
        await attempt(group.slice(half));
      } else {
        for (const member of group) member.reject(error);
      }
    }
  }

  function begin(): void {
    while (waiting.length > 0 && beginning === null && running < MAX_RUNNING) {
      const group = waiting.splice(0, options.maxSize);
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
      // Requests read from their sockets in the same turn join the first group.
      if (waiting.push({ request, resolve, reject }) === 1) setImmediate(begin);
    });
}
