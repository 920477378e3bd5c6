// No collection: the time by MongoDB's clock.
import type { Connection } from 'mongoose';
import { repeat } from '../lib/repeat';
import { ServerClock } from '../lib/server-clock';

const LOOKS_AT_FIRST = 3;
const LOOK_EVERY_MS = 5_000;

/**
 * The clock that decides: whatever is compared between processes is stamped by it, so that it does not
 * matter how theirs are set. Two processes agree to within the round trip of their quickest looks. No
 * margin is needed to tell what was acknowledged before a request from what came after it: between
 * their stamps lies a write on a majority, which takes longer than a look. After an election the new
 * primary's clock counts; by how much it differs from the last one's, stamps of two processes may be
 * apart until both have looked, five seconds later at most.
 */
export interface Clock {
  now: () => Date;
  stop: () => void;
}

/**
 * Looks at the primary's clock now, and every five seconds. While it does not answer, the time goes on
 * as measured.
 * @throws whatever the driver throws when MongoDB does not answer now
 */
export async function startClock(connection: Connection): Promise<Clock> {
  const clock = new ServerClock();
  for (let looks = 0; looks < LOOKS_AT_FIRST; looks++) await look(connection, clock);
  const looking = repeat(LOOK_EVERY_MS, async () => {
    // Who else asks MongoDB logs that it does not answer.
    await look(connection, clock).catch(() => undefined);
  });
  return {
    now: () => clock.now(),
    stop: () => {
      // Not awaited: a server that is away does not answer that either.
      void looking.stop();
    },
  };
}

async function look({ db }: Connection, clock: ServerClock): Promise<void> {
  const askedAt = performance.now();
  const hello = await db?.admin().command({ hello: 1 });
  const answeredAt = performance.now();
  const { localTime, me } = hello as { localTime: Date; me?: string };
  clock.learn({ server: me ?? '', askedAt, answeredAt, serverMs: localTime.getTime() });
}
