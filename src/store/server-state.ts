// No collection: what MongoDB says of itself.
import type { Connection } from 'mongoose';
import type { DiskSpace } from '../lib/disk-space';
import { isForbidden, maxTime } from './connection';

/** How the replica set and its disk are. */
export interface MongoState {
  /** Members of the replica set; null: our user may not ask, or it is sharded. */
  members: { up: number; total: number } | null;
  /** Of the file system with the primary's data; null: it does not say. */
  disk: DiskSpace | null;
}

interface SetStatus {
  members: { health: number; state: number }[];
}

/** PRIMARY, SECONDARY and ARBITER. */
const UP = [1, 2, 7];

/** Reads how the servers are. */
export function serverState(connection: Connection): { read: () => Promise<MongoState> } {
  const readMembers = async (): Promise<MongoState['members']> => {
    try {
      const asked = { replSetGetStatus: 1, ...maxTime(connection) };
      const { members } = (await connection.db?.admin().command(asked)) as unknown as SetStatus;
      const up = members.filter(({ health, state }) => health === 1 && UP.includes(state));
      return { up: up.length, total: members.length };
    } catch (error) {
      if (isForbidden(error)) return null;
      throw error;
    }
  };
  const readDisk = async (): Promise<DiskSpace | null> => {
    const stats = await connection.db?.command({ dbStats: 1, ...maxTime(connection) });
    const { fsUsedSize = 0, fsTotalSize = 0 } = stats as Record<string, number>;
    if (fsTotalSize <= 0) return null;
    return { freeBytes: fsTotalSize - fsUsedSize, totalBytes: fsTotalSize };
  };
  return {
    read: async () => {
      const [members, disk] = await Promise.all([readMembers(), readDisk()]);
      return { members, disk };
    },
  };
}
