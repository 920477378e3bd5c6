import { AppError } from '../errors';

interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** How a batcher works; sizes are counts of requests. */
export interface GroupCommitOptions<Request, Answer> {
  /** Answers every request of a batch, in order; an AppError as an answer rejects just that one. */
  run: (requests: Request[]) => Promise<(Answer | AppError)[]>;
  maxSize: number;
  /** More than this waiting: refused with `unavailable`, so that memory stays bounded. */
  maxWaiting: number;
  /** Whether a failed batch is worth trying again in halves, to find the one member that broke it. */
  isMembersFault: (error: unknown) => boolean;
  onGroup?: (size: number) => void;
}

/**
 * Lets requests that are in flight together share one round of work (group commit). One batch runs
 * at a time; what arrives meanwhile forms the next one, so a request is always worked on after it
 * arrived.
 * @returns `submit`, which resolves or rejects for its own request only
 */
export function createGroupCommit<Request, Answer>(
  options: GroupCommitOptions<Request, Answer>,
): (request: Request) => Promise<Answer> {
  const waiting: Waiting<Request, Answer>[] = [];
  let running = false;

  async function attempt(batch: Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await options.run(batch.map((member) => member.request));
      batch.forEach((member, i) => {
        const answer = answers[i];
        if (answer instanceof AppError || answer === undefined) {
          member.reject(answer ?? new AppError('internal'));
        } else {
          member.resolve(answer);
        }
      });
    } catch (error) {
      if (!options.isMembersFault(error)) {
        // Those who wait would wait as long again for what does not answer.
        for (const member of [...batch, ...waiting.splice(0)]) member.reject(error);
      } else if (batch.length > 1) {
        const half = batch.length >> 1;
        await attempt(batch.slice(0, half));
        await attempt(batch.slice(half));
      } else {
        for (const member of batch) member.reject(error);
      }
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, options.maxSize);
      options.onGroup?.(batch.length);
      await attempt(batch);
    }
    running = false;
  }

  return (request) =>
    new Promise<Answer>((resolve, reject) => {
      if (waiting.length >= options.maxWaiting) {
        reject(new AppError('unavailable', { retryAfterSeconds: 1 }));
        return;
      }
      waiting.push({ request, resolve, reject });
      if (!running) {
        running = true;
        // Requests that are read from their sockets in the same turn join the first batch.
        setImmediate(() => void drain());
      }
    });
}
