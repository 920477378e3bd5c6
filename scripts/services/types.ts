/** Receives one line of progress, without a line end. */
export type Log = (line: string) => void;

/** Where a local service keeps its data, and where it says what it is doing. */
export interface StartOptions {
  dataDir: string;
  /** Chosen once and kept in `dataDir` when not given. */
  port?: number;
  log: Log;
}

/** A running local service. Calling its start function again with the same `dataDir` restarts it. */
export interface LocalService {
  /** The process itself: SIGSTOP, SIGCONT and SIGKILL to it do what they say. */
  pid: number;
  port: number;
  /** Settles with "code 0" or "signal SIGKILL" once the process has gone, whoever ended it. */
  exited: Promise<string>;
  /** Ends it in good order; does nothing when it has gone already. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it has gone. */
  kill(): Promise<void>;
}

/** What a MongoDB of the tests has besides. */
export interface MongoStartOptions extends StartOptions {
  /** Whoever connects must be a user then; this one may do everything. Default: all may. */
  root?: { name: string; password: string };
  /** For mongod. */
  args?: string[];
}

/** A local MongoDB: a replica set of one. */
export interface MongoHandle extends LocalService {
  uri: string;
  /** Whether its build is known to stop answering without ending. */
  mayHang: boolean;
}

/** Settings that a Redis has besides ours, or instead of them, and what it is to be. */
export interface RedisStartOptions extends StartOptions {
  /** Made once and kept in `dataDir` when not given. */
  password?: string;
  /** As its configuration file has them. */
  settings?: Record<string, string>;
  /** A Sentinel, which keeps no data; default: a server. */
  sentinel?: boolean;
}

/** A local Redis with an append-only file. */
export interface RedisHandle extends LocalService {
  url: string;
}
