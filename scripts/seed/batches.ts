import { Readable } from 'node:stream';
import type { Caller, Context } from '../../src/context';
import { createInspector } from '../../src/core/batches/csv/inspect';
import { type CsvRow, readRows } from '../../src/core/batches/csv/read-rows';
import { newBatch } from '../../src/core/batches/new-batch';
import { type Claim, Claimed } from '../../src/core/batches/rows/claims';
import { judgeRow } from '../../src/core/batches/rows/judge-row';
import { matchRows, nameByRow, tally } from '../../src/core/batches/rows/match-rows';
import { uploadExpiry } from '../../src/core/batches/upload-expiry';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/lib/durations';
import { newId } from '../../src/lib/random-ids';
import { rowKey } from '../../src/store/batch-rows';
import type { Batch } from '../../src/store/batches';
import type { Certificate } from '../../src/store/certificates';
import { partId } from '../../src/store/revocations';
import { startOfDay, utcDay } from '../../src/core/wallet/utc-day';
import type { Calendar } from './calendar';
import type { Company } from './company';
import { COMPANY_ID, type Past } from './past';
import { complete, type Pick } from './revocations';

/** How many people a file or a selection names, on the day so many days ago, after 15:00 UTC. */
interface Plan {
  daysAgo: number;
  people: number;
  reason: string | null;
  /** Of a file: what stands in it besides them. */
  others?: readonly string[];
}

const PLANS: readonly Plan[] = [
  { daysAgo: 61, people: 38, reason: 'Suppression list', others: ['gone-away@example.net'] },
  { daysAgo: 47, people: 18, reason: 'Campaign ended' },
  { daysAgo: 24, people: 52, reason: 'Suppression list', others: ['nobody@example.net'] },
  { daysAgo: 11, people: 27, reason: 'Number given up' },
  {
    daysAgo: 3,
    people: 46,
    reason: 'Suppression list',
    others: ['not an email', 'unknown@example.net', 'pat@', 'somebody.else@example.net'],
  },
];
const HOUR = 15;
/** Rows of a file that say again what an earlier row said, and that name people revoked before. */
const REPEATED = 2;
const REVOKED_BEFORE = 4;
const FIRST_ROW = 1;
const ENDED_AFTER_MS = 1_900;
const ROWS_PER_SECOND = 41;

/** Revokes people in files and in selections; each has ended. */
export async function makeBatches(
  ctx: Context,
  past: Past,
  calendar: Calendar,
  { admin, colleague }: Company,
  pick: Pick,
): Promise<void> {
  for (const { daysAgo, people, reason, others } of PLANS) {
    const midnight = startOfDay(utcDay(new Date(calendar.now.getTime() - daysAgo * DAY_MS)));
    const minutes = (daysAgo * 13) % 60;
    const at = new Date(midnight.getTime() + HOUR * HOUR_MS + minutes * MINUTE_MS);
    const certificates = Array.from({ length: people }, () => pick(at));
    if (others) await addFile(ctx, past, { at, reason, caller: admin, certificates, others });
    else addSelection(ctx, past, { at, reason, caller: colleague, certificates });
  }
}

interface Asked {
  at: Date;
  reason: string | null;
  caller: Caller;
  certificates: Certificate[];
}

function addSelection(ctx: Context, past: Past, asked: Asked): void {
  const { at, certificates } = asked;
  const rows = certificates.length;
  const batch: Batch = {
    ...ended(ctx, 'bulk', asked),
    rows_read: rows,
    rows_total: rows,
    revoked: rows,
    certificates_revoked: rows,
    certificates_recorded: rows,
    upload_expires_at: null,
  };
  past.batches.push(batch);
  revokePart(past, batch, certificates, at);
}

async function addFile(
  ctx: Context,
  past: Past,
  { others, ...asked }: Asked & { others: readonly string[] },
): Promise<void> {
  const { at, certificates } = asked;
  const batch = ended(ctx, 'csv', asked);
  const before = past.certificates.filter(
    ({ opt_out: { revoked_at } }) => revoked_at !== null && revoked_at < at,
  );
  const bytes = Buffer.from(textOf(certificates, before.slice(-REVOKED_BEFORE), others));
  const inspector = createInspector();
  inspector.push(bytes);
  const upload = { file_id: batch._id, ...inspector.finish() };
  const rows: CsvRow[] = [];
  const data = Readable.from([bytes.subarray(upload.data.offset)]);
  for await (const some of readRows(data, upload, upload.data, 1_000)) rows.push(...some);
  const judged = rows.map((row) => judgeRow({ ctx, row, batch: { upload } }));
  const there = past.certificates.filter(({ created_at }) => created_at < at);
  const matched = matchRows(judged, nameByRow(judged, there), new Claimed());
  const revoked = new Set(certificates.map(({ _id }) => _id));
  const isRevoked = ({ certificate }: Claim): boolean => revoked.has(certificate._id);
  const { counts, errors } = tally(judged, matched, isRevoked);
  const isKept = uploadExpiry({ ctx, from: at }) > ctx.now();
  past.batches.push({
    ...batch,
    ...counts,
    file_name: `suppressions-${utcDay(at)}.csv`,
    upload,
    upload_expires_at: isKept ? uploadExpiry({ ctx, from: at }) : null,
    rows_read: rows.length,
    rows_total: rows.length,
    rows_per_second: ROWS_PER_SECOND,
    certificates_revoked: certificates.length,
    certificates_recorded: certificates.length,
    position: rows.at(-1)?.end ?? null,
    // It was previewed first.
    run: 1,
  });
  const page = `${batch._id}.1:${rowKey(FIRST_ROW)}`;
  if (isKept) {
    past.files.push({ id: batch._id, bytes, at });
    past.batchErrors.push({ _id: page, lines: errors });
  }
  revokePart(past, { ...batch, rows_total: rows.length }, certificates, at);
}

/** A batch that was requested at a time and is over. */
function ended(ctx: Context, method: Batch['method'], { at, reason, caller }: Asked): Batch {
  return newBatch({
    _id: newId('bat'),
    company_id: COMPANY_ID,
    method,
    caller,
    reason,
    state: 'completed',
    open: false,
    created_at: new Date(at.getTime() - ENDED_AFTER_MS),
    requested_at: at,
    flags_committed_at: new Date(at.getTime() + ENDED_AFTER_MS / 2),
    completed_at: new Date(at.getTime() + ENDED_AFTER_MS),
  });
}

/** The one part of a batch, with its flags and its audit entry. */
function revokePart(past: Past, batch: Batch, certificates: Certificate[], at: Date): void {
  const { _id, method, actor, ip, reason, rows_total } = batch;
  complete(past, certificates, {
    _id: partId(_id, FIRST_ROW, 0),
    company_id: COMPANY_ID,
    method,
    actor,
    ip,
    reason,
    requested_at: at,
    certificate_ids: certificates.map((certificate) => certificate._id).sort(),
    batch_id: _id,
    rows: { first: FIRST_ROW, last: rows_total ?? FIRST_ROW },
  });
}

/** Each by email or by phone; the rest comes in between. */
function textOf(people: Certificate[], before: Certificate[], others: readonly string[]): string {
  const named = people.map(({ email, mobile }, i) =>
    i % 3 === 2 ? `,${mobile ?? ''}` : `${email ?? ''},`,
  );
  const repeated = people.slice(0, REPEATED).map(({ email }) => `${email?.toUpperCase() ?? ''},`);
  const known = before.map(({ email }) => `${email ?? ''},`);
  const rest = [...others.map((other) => `${other},`), ...known, ...repeated];
  const lines = named.flatMap((row, i) => {
    const other = i % 4 === 3 ? rest[(i - 3) / 4] : undefined;
    return other === undefined ? [row] : [row, other];
  });
  return ['Email,Phone,Campaign', ...lines.map((line) => `${line},autumn`)].join('\n') + '\n';
}
