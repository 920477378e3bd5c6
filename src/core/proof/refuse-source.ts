import { distinct } from '../../lib/distinct';
import { LogAltered, nameOfRecord } from './log-altered';
import type { erasableOf } from './record-of-entry';
import { type LogRecordContent, readRecord } from './record-text';
import { isTileRight } from './refuse-record';
import type { Walked } from './walk-log';

/** What the parts of a record stand for, where their names do not tell. */
const PARTS: Record<string, string> = {
  pii_controller: 'company',
  entity_id: 'actor',
  request_id: 'id',
  event_type: 'action',
  event_time: 'time',
};

/** The parts of the record of an entry that clean-ups empty. */
export const ERASABLE = ['ip', 'reason', 'result_sha256'] satisfies (keyof ReturnType<
  typeof erasableOf
>)[] as string[];

/**
 * Says what became of the audit entry or page of the ledger that does not fit the record about it.
 * @throws LogAltered always
 */
export async function refuseSource({
  index,
  record,
  name,
  expected,
  ...walked
}: Walked & {
  index: number;
  record: string;
  /** Of the source. */
  name: string;
  /** The record that follows from it. */
  expected: string;
}): Promise<never> {
  const { ctx, region, head } = walked;
  if (!(await isTileRight(walked, index))) {
    throw new LogAltered(`${nameOfRecord(index, record)} was edited, with its tile`);
  }
  const [commitment] = Object.values(readRecord(expected).commitments);
  const other =
    commitment === undefined || record.includes(commitment)
      ? null
      : await ctx.store.regions[region].proofLog.findRecordWith(head._id, commitment);
  if (other) {
    const own = Number(other._id.split(':')[1]);
    throw new LogAltered(
      `${nameOfRecord(index, record)}: ${name} is in the place of another, it was reordered from ${String(own)}`,
    );
  }
  const parts = differences(readRecord(expected), contentOf(record));
  throw new LogAltered(`${nameOfRecord(index, record)}: ${name} was edited: ${parts}`);
}

/** What differs, in words. */
function differences(expected: LogRecordContent, found: LogRecordContent | null): string {
  const names = distinct([
    ...Object.keys(expected.commitments),
    ...Object.keys(found?.commitments ?? {}),
  ]);
  const differing = names.filter((name) => expected.commitments[name] !== found?.commitments[name]);
  if (names.every((name) => ERASABLE.includes(name) || differing.includes(name))) return 'salt';
  const plain = (['event_type', 'event_state', 'event_time', 'subjects'] as const).filter(
    (name) => expected[name] !== found?.[name],
  );
  const subjects = expected.event_type === 'ledger.page' ? 'lines' : 'certificates or consents';
  return [...plain, ...differing]
    .map((name) => (name === 'subjects' ? subjects : (PARTS[name] ?? name)))
    .join(', ');
}

/** A record's content; null: it is no JSON any more. */
export function contentOf(record: string): LogRecordContent | null {
  try {
    return readRecord(record);
  } catch {
    return null;
  }
}
