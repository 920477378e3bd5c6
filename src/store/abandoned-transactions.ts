// No collection: transactions that are open on a server.
import type { Connection } from 'mongoose';
import { deploymentName, isForbidden } from './connection';

/** An open transaction that is idle at the moment. */
interface IdleTransaction {
  lsid: { id: unknown };
  transaction: { parameters: { txnNumber: unknown }; timeActiveMicros: unknown };
}

/**
 * Finds transactions of other processes that died or hang in the middle of them. MongoDB keeps them
 * for a minute, during which nobody else can charge that wallet or revoke that certificate. A process
 * leaves its own alone: however slow it is, it lives.
 * @returns `abort`: aborts those that have been idle since its last call, and returns how many; null:
 * our user may not, and the server's own limit ends them. Always safe, as a living owner retries
 */
export function abandonedTransactions(connection: Connection): {
  abort: () => Promise<number | null>;
} {
  let seenBefore = new Set<string>();
  return {
    abort: async () => {
      try {
        const idle = await findIdle(connection);
        const abandoned = idle.filter((one) => seenBefore.has(progress(one)));
        seenBefore = new Set(idle.map(progress));
        if (abandoned.length === 0) return 0;
        const killSessions = abandoned.map(({ lsid }) => ({ id: lsid.id }));
        await connection.getClient().db('admin').command({ killSessions });
        return abandoned.length;
      } catch (error) {
        if (isForbidden(error)) return null;
        throw error;
      }
    },
  };
}

/** Of our own user and deployment only, so that no further privilege is needed. */
function findIdle(connection: Connection): Promise<IdleTransaction[]> {
  const client = connection.getClient();
  const admin = client.db('admin');
  const ofOthers = {
    appName: { $ne: client.options.appName },
    $expr: { $eq: [{ $indexOfCP: ['$appName', deploymentName(client.options.dbName)] }, 0] },
  };
  const pipeline = [
    { $currentOp: { allUsers: false, idleConnections: false, idleSessions: true } },
    { $match: { type: 'idleSession', transaction: { $exists: true }, ...ofOthers } },
    { $project: { lsid: 1, transaction: 1 } },
  ];
  const options = { readConcern: { level: 'local' } } as const;
  return admin.aggregate<IdleTransaction>(pipeline, options).toArray();
}

/** Unchanged as long as it is idle. */
function progress({ lsid, transaction }: IdleTransaction): string {
  const { parameters, timeActiveMicros } = transaction;
  return [lsid.id, parameters.txnNumber, timeActiveMicros].map(String).join(' ');
}
