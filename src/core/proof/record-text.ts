import type { Commitments } from '../../lib/commitments';
import type { Older } from '../../store/proof-log';

const SCHEMA_VERSION = 'rescind-record-1';

/** What is in the log of one event; names as in ISO/IEC TS 27560 where that has one. */
export interface LogRecordContent {
  /** `<origin of the log>#<index>`: in no other log, and at no other place, is there the same. */
  record_id: string;
  event_type: string;
  event_state?: 'given' | 'withdrawn';
  /** ISO 8601, UTC. */
  event_time: string;
  commitments: Commitments;
  /** Root of the tree over what it is about, base64url. */
  subjects?: string;
  /** Of a log's first record: the last checkpoint of the log that it goes on from. */
  continues?: { origin: string; size: number; root: string };
  /** Of a region's first log, if that goes on from the log of what is older: how much that is. */
  older?: Older;
}

/** The exact bytes of a record, which are written down and hashed as they are. */
export function recordText(content: LogRecordContent): string {
  return JSON.stringify({ schema_version: SCHEMA_VERSION, ...content });
}

/** What `recordText` has written. */
export function readRecord(text: string): LogRecordContent {
  return JSON.parse(text) as LogRecordContent;
}

/** What a record at this place is called. */
export function recordIdOf(origin: string, index: number): string {
  return `${origin}#${String(index)}`;
}
