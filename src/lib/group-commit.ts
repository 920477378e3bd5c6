interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** How a group commit works; sizes are counts of requests. */
export interface GroupCommitOptions<Request, Answer> {
  /** Answers every request of a group, in order; an Error as an answer rejects that request alone. */
  run: (requests: Request[]) => Promise<(Answer | Error)[]>;
  maxSize: number;
  /** Further requests are refused, so that memory stays bounded. */
  maxWaiting: number;
  /** Makes the error for a request that is refused because too many are waiting. */
  refusal: () => Error;
  /** Whether a failed group is worth trying again in halves, to find the one member that broke it. */
  isOneRequestsFault: (error: unknown) => boolean;
  onGroup?: (size: number) => void;
}

/**
 * Lets requests in flight together share one round of work (group commit). One group runs at a
 * time; what arrives meanwhile forms the next one, so the work on a request always starts after it
 * arrived.
 * @returns `submit`, which resolves or rejects for its own request only
 */
export function createGroupCommit<Request, Answer>(
  options: GroupCommitOptions<Request, Answer>,
): (request: Request) => Promise<Answer> {
  const waiting: Waiting<Request, Answer>[] = [];
  let running = false;

  async function attempt(group: Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await options.run(group.map((member) => member.request));
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

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.splice(0, options.maxSize);
      options.onGroup?.(group.length);
      await attempt(group);
    }
    running = false;
  }

  return (request) =>
    new Promise<Answer>((resolve, reject) => {
      if (waiting.length >= options.maxWaiting) {
        reject(options.refusal());
        return;
      }
      waiting.push({ request, resolve, reject });
      if (!running) {
        running = true;
        // Requests read from their sockets in the same turn join the first group.
        setImmediate(() => void drain());
      }
    });
}
