import type { Concern } from '../../../core/health/find-concerns';
import { sources, waits } from './en-operator-health';
import { bytes, count, duration, percent, plural } from './en-units';

/** What is the matter, and what it means, what goes on regardless, and what to do. */
interface Said {
  title: string;
  text: string;
}

/** What texts need of the page. */
interface Formats {
  /** A time of today to the second, an earlier one with its day. */
  clock: (at: Date) => string;
}

type Of<What extends Concern['what']> = Concern & { what: What };

const MANY_COMPANIES = 3;
const GO_ON = 'Checks and revocations go on';

/** The queue's oldest job, in a sentence. */
const oldest = ({ waiting, oldest_seconds }: Of<'queueSlow'>['queue']) =>
  `The oldest of ${plural(waiting, 'job', 'jobs')} has waited for ${duration(oldest_seconds)}.`;

const ratio = ({ rate }: Of<'unusualRate'>) =>
  `${rate.ratio.toLocaleString('en', { maximumFractionDigits: 0 })} times their normal rate${rate.companyId === null ? '' : ` at ${rate.companyId}`}`;

/** English; a concern without a text does not compile. */
export const concernTexts: {
  [What in Concern['what']]: (concern: Of<What>, formats: Formats) => Said;
} = {
  mongodbAway: () => ({
    title: 'MongoDB does not answer.',
    text: 'Nothing goes on without it: checks and revocations are answered with 503, and are to be tried again. What was acknowledged is kept. See that the replica set has a primary again; the rest goes on by itself.',
  }),
  usAway: () => ({
    title: 'The database of the US region does not answer.',
    text: 'Calls for that region are answered with 503; all others go on. Bring it back (MONGODB_URI_US): its follow-ups go on by themselves.',
  }),
  redisAway: () => ({
    title: 'Redis does not answer.',
    text: `${GO_ON}; audit entries, files, retentions and mails wait in MongoDB, and limits count per process. Bring Redis back (REDIS_URL): workers enqueue again all that waits, even if it comes back empty.`,
  }),
  redisReadOnly: () => ({
    title: 'Redis could not write to its disk.',
    text: `${GO_ON}; it takes no jobs until it can write again, and they wait in MongoDB. Free or repair its disk.`,
  }),
  redisEvicts: ({ policy }) => ({
    title: `Redis throws jobs away when it is full (${policy}).`,
    text: `${GO_ON}, and what is recorded in MongoDB is enqueued again, but late. Set maxmemory-policy to noeviction.`,
  }),
  redisFull: ({ usedBytes, maxBytes }) => ({
    title: `Redis is ${percent(usedBytes / maxBytes)} full.`,
    text: `It uses ${bytes(usedBytes)} of ${bytes(maxBytes)}. Once it is full it takes no jobs: ${GO_ON.toLowerCase()}, the rest waits in MongoDB. Give it more memory, and see which queue is long.`,
  }),
  diskFull: ({ of, disk }) => ({
    title: `The disk of ${of === 'mongodb' ? 'MongoDB' : 'Redis'} is ${percent(1 - disk.freeBytes / disk.totalBytes)} full.`,
    text: `${bytes(disk.freeBytes)} are left. ${of === 'mongodb' ? 'Once it is full, checks and revocations are answered with 503; until then all goes on.' : `Once it is full, Redis takes no jobs; ${GO_ON.toLowerCase()}.`} Free space or enlarge it.`,
  }),
  membersDown: ({ up, total, verdict }) => ({
    title: `${plural(total - up, 'member', 'members')} of MongoDB's ${count(total)} down.`,
    text: `Everything goes on while most members are up.${verdict === 'act' ? ' If one more goes down, checks and revocations are answered with 503.' : ''} Start it again; rs.status() says which one it is.`,
  }),
  noWorker: ({ last, waiting, files }, { clock }) => ({
    title: last ? `No worker has been alive since ${clock(last.seenAt)}.` : 'No worker is alive.',
    text: `Revocations are still effective at once; audit entries, files, retentions and mails wait. Start a worker (the line worker: of the Procfile): ${plural(files, 'file', 'files')} and ${plural(waiting, 'other job', 'other jobs')} in the queues, and what waits in MongoDB, go on by themselves.`,
  }),
  missing: ({ role, missing, alive }, { clock }) => ({
    title: `${role === 'worker' ? plural(missing.length, 'worker', 'workers') : plural(missing.length, 'web process', 'web processes')} missing.`,
    text: `${missing.map(({ id, host, seenAt }) => `${id} on ${host} was last seen ${clock(seenAt)}`).join('; ')}. ${role === 'worker' ? `${plural(alive, 'other one does', 'other ones do')} its work.` : `${plural(alive, 'other one answers', 'other ones answer')} the calls.`} Look at its machine and its log, and start it again. If it was taken away on purpose, this goes away an hour later.`,
  }),
  queuePaused: ({ queue }) => ({
    title: `The queue ${queue.name} is paused.`,
    text: `${waits[queue.name]} ${queue.waiting === 0 ? 'No job waits yet.' : oldest(queue)} An operator paused it, and only an operator has it go on.`,
  }),
  queueStuck: ({ queue }) => ({
    title: `The queue ${queue.name} is stuck.`,
    text: `${oldest(queue)} ${waits[queue.name]} Workers take its jobs, but too few or in vain: see whether its jobs fail, and start another worker.`,
  }),
  queueUntaken: ({ queue }) => ({
    title: `No worker takes jobs from the queue ${queue.name}.`,
    text: `${oldest(queue)} ${waits[queue.name]} Workers are alive, but do not reach Redis or are of a release without this queue: see their log, and restart them.`,
  }),
  queueSlow: ({ queue }) => ({
    title: `The queue ${queue.name} is slow.`,
    text: `${oldest(queue)} ${waits[queue.name]} It mostly catches up by itself; if the time keeps growing, start another worker.`,
  }),
  jobsFailed: ({ failed, queues }) => ({
    title: `${plural(failed, 'job', 'jobs')} failed in the last hour (${queues.join(', ')}).`,
    text: 'They used up their tries. Recorded work is enqueued again every minute, and periodic jobs run again by themselves. See why they failed, and retry them once that is mended.',
  }),
  workLate: ({ source, seconds }) => ({
    title: `${sources[source]}: the oldest has waited for ${duration(seconds)}.`,
    text: 'It is recorded and not lost, and workers enqueue it again every minute. If the time keeps growing, see whether its jobs fail.',
  }),
  workUnknown: ({ source }) => ({
    title: `${sources[source]}: what waits could not be read.`,
    text: 'MongoDB takes too long for this, or fails. What is recorded is kept, and workers keep trying. See how busy MongoDB is.',
  }),
  batchesStuck: ({ count: number }) => ({
    title: `${plural(number, 'batch is', 'batches are')} stuck.`,
    text: 'No worker has touched it for five minutes. What was revoked stays revoked; the rest of the rows waits. See the workers’ log, and whether csv-revocations is long.',
  }),
  batchesFailed: ({ count: number }) => ({
    title: `${plural(number, 'batch', 'batches')} failed in the last seven days.`,
    text: 'What was revoked stays revoked; the rest of the rows is not revoked. See the error, then resume the batch or ask the company for another file.',
  }),
  cleanupsFailed: ({ count: number }) => ({
    title: `${plural(number, 'clean-up has', 'clean-ups have')} a failed step.`,
    text: 'It is tried again by itself; until then that data stays. Nothing else waits. If it does not go away, see the step’s error on the company’s page.',
  }),
  walletsDrifting: ({ count: number }) => ({
    title: `${plural(number, 'wallet does', 'wallets do')} not add up.`,
    text: 'Checks and charges go on, but a balance is not the sum of its lines. Change nothing in the database; compare balance and lines on the company’s page, and have a developer look before you top up.',
  }),
  auditGaps: ({ found, left, at }, { clock }) =>
    left > 0
      ? {
          title: `The audit log is not right for ${plural(left, 'revoked certificate', 'revoked certificates')}.`,
          text: `It lacks them or names them twice; every revocation is effective. This was found ${clock(at)}, and is looked at again every ten minutes. If it stays, the workers’ log has each revocation (“audit gap not repaired”): change nothing in the database, and have a developer look.`,
        }
      : {
          title: `The audit log lacked ${plural(found, 'revoked certificate', 'revoked certificates')}.`,
          text: `That was found ${clock(at)}, and the entries were written; every revocation was effective. The workers’ log has each revocation (“audit gap”): see what happened to a worker before. This goes away after a day.`,
        },
  logStopped: ({ log }, { clock }) => ({
    title: `Proof has stopped${log.region === 'default' ? '' : ' in the US region'}: a witness knows more than the database.`,
    text: `${GO_ON}, but since ${clock(log.at)} nothing gets into the log and new receipts wait (${log.reason}). Most likely an older backup was restored. If the newer database is still there, go back to it. If it is lost, run npm run proof:new-origin: a new log begins that names the last checkpoint, and everything that waits goes into it.`,
  }),
  webhooksOverdue: ({ overdue }) => {
    const companies = [...new Set(overdue.map(({ company_id }) => company_id))];
    const number = overdue.reduce((sum, one) => sum + one.count, 0);
    return {
      title: `${plural(number, 'revocation is', 'revocations are')} not acknowledged after ten business days.`,
      text: `Every check says no to them, but ${companies.slice(0, MANY_COMPANIES).join(', ')}${companies.length > MANY_COMPANIES ? ` and ${count(companies.length - MANY_COMPANIES)} more` : ''} may not have heard of them: no endpoint has answered. Ask what is wrong with their receiver; once it works, they can replay what it has missed.`,
    };
  },
  webhooksLate: ({ seconds, endpoints }) => ({
    title: `Deliveries to ${plural(endpoints, 'webhook endpoint wait', 'webhook endpoints wait')}: the oldest for ${duration(seconds)}.`,
    text: 'The endpoints do not fail, but no worker is at them. Every check says no all the same; who is to be told of it is not told. Nothing is lost, and workers look each second: see their log, and start another worker.',
  }),
  unusualRate: (concern) => ({
    title: `${concern.rate.what === 'opt_outs' ? 'Opt-outs' : 'Refused calls'} are ${ratio(concern)}.`,
    text:
      concern.rate.what === 'opt_outs'
        ? 'All of them are carried out. A campaign can be the reason, or somebody who opts out others: the company’s audit log has the IPs.'
        : 'Other calls are served. An integration may have lost its token, or somebody guesses: the company’s security log has the IPs.',
  }),
};
