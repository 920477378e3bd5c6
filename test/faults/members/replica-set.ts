import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mongoose from 'mongoose';
import {
  type MongoMember,
  type MongoSet,
  startMongoSet,
} from '../../../scripts/services/mongo-set';
import { until } from '../../helpers/until';
import { LONG_MS } from '../scene';
import { type Network, openNetwork } from './network';

const POLL_TIMEOUT_MS = 1_000;
/** MongoDB needs up to 20 s where a member still waits for one that is cut off. */
const ELECTED_WITHIN_MS = 60_000;
/** What MongoDB calls its state. */
const PRIMARY = 1;

export type Member = MongoMember & {
  /** Its name in the network. */
  party: string;
  admin: mongoose.mongo.Db;
};

/** Three members, the network between them and their clients, and a look at each from outside. */
export interface ReplicaSet extends Pick<MongoSet, 'uri'> {
  network: Network;
  members: Member[];
  primary: () => Promise<Member>;
  /** The number of elections so far, lost ones included. */
  term: () => Promise<number>;
  /** Waits until a majority follows another member than `old`; returns it and when that was seen. */
  elected: (old: Member) => Promise<{ primary: Member; at: number }>;
  /** Has one of the others copy from the other, so that these two are a majority without the primary. */
  prepareHeir: (primary: Member) => Promise<{ standForElection: () => Promise<void> }>;
  /** Waits until all three are there and up to date again. */
  whole: () => Promise<void>;
  close: () => Promise<void>;
}

/** Starts a set whose members and clients reach each member through a proxy only. */
export async function openReplicaSet(): Promise<ReplicaSet> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-members-'));
  const network = openNetwork();
  const { knownPort } = network;
  const set = await startMongoSet({ dataDir, log: () => undefined, knownPort });
  const clients: mongoose.mongo.MongoClient[] = [];
  const members = set.members.map((member): Member => {
    // Past the proxy, so that it sees what nobody else can.
    const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${String(member.port)}`, {
      directConnection: true,
      serverSelectionTimeoutMS: POLL_TIMEOUT_MS,
      socketTimeoutMS: POLL_TIMEOUT_MS,
      connectTimeoutMS: POLL_TIMEOUT_MS,
      heartbeatFrequencyMS: 500,
    });
    clients.push(client);
    return { ...member, party: String(member.port), admin: client.db('admin') };
  });
  const primaryAmong = async (some: Member[]): Promise<Member | null> => {
    const terms = await Promise.all(some.map(termAsPrimary));
    const latest = Math.max(...terms);
    return latest === 0 ? null : (some[terms.indexOf(latest)] ?? null);
  };
  return {
    uri: set.uri,
    network,
    members,
    primary: () => until('there is a primary', () => primaryAmong(members), LONG_MS),
    term: async () =>
      until(
        'there is a primary',
        async () => Math.max(...(await Promise.all(members.map(termAsPrimary)))) || null,
        LONG_MS,
      ),
    elected: async (old) => {
      const others = members.filter((member) => member !== old);
      const look = () => primaryAmong(others);
      const primary = await until('another member is primary', look, ELECTED_WITHIN_MS);
      return { primary, at: performance.now() };
    },
    prepareHeir: async (primary) => {
      const [one, other] = members.filter((member) => member !== primary) as [Member, Member];
      // Never in a circle.
      const [heir, follower] = (await copiesFrom(one, other)) ? [other, one] : [one, other];
      const follows = async () => {
        if (await copiesFrom(follower, heir)) return true;
        // A request is forgotten when there is nothing to be copied at that moment.
        await follower.admin.command({ replSetSyncFrom: heir.address });
        return false;
      };
      await until('one of the others copies from the other', follows, LONG_MS);
      return { standForElection: () => standForElection(heir) };
    },
    whole: async () => {
      const isWhole = async () => (await Promise.all(members.map(isPresent))).every(Boolean);
      await until('all members are there', isWhole, LONG_MS);
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await set.stop();
      network.close();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function copiesFrom(member: Member, source: Member): Promise<boolean> {
  const { syncSourceHost } = await member.admin.command({ replSetGetStatus: 1 });
  return syncSourceHost === source.address;
}

/** It may lose, for want of what the other has; the usual election follows then. */
async function standForElection({ admin }: Member): Promise<void> {
  try {
    await admin.command({ replSetStepUp: 1 });
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoServerError)) throw error;
  }
}

/** The term in which it is primary and a majority follows it, so that writes are acknowledged; 0: it is none. */
async function termAsPrimary({ admin }: Member): Promise<number> {
  try {
    const { myState, term, optimes } = (await admin.command({ replSetGetStatus: 1 })) as {
      myState: number;
      term: unknown;
      optimes: { lastCommittedOpTime: { t: unknown } };
    };
    const isFollowed = String(optimes.lastCommittedOpTime.t) === String(term);
    return myState === PRIMARY && isFollowed ? Number(term) : 0;
  } catch {
    // Killed or stopped: no primary that anybody could ask.
    return 0;
  }
}

async function isPresent({ admin }: Member): Promise<boolean> {
  try {
    const { members } = (await admin.command({ replSetGetStatus: 1 })) as {
      members: { stateStr: string }[];
    };
    const states = members.map(({ stateStr }) => stateStr).sort();
    return states.join() === 'PRIMARY,SECONDARY,SECONDARY';
  } catch {
    return false;
  }
}
