import { stringify } from 'csv-stringify/sync';
import type { Context } from '../../context';
import { inert } from '../../lib/csv-cells';
import { requestsOf } from '../../store/certificates';
import type { AuditEntry } from '../../store/audit-entries';
import { certificateView } from '../certificates/certificate-view';
import { checksOnPage, type ProvenCheck } from '../proof/certificate-checks';
import { receiptOfEntry } from '../proof/receipt-of-entry';
import { acknowledgementsOf } from '../webhooks/list-acknowledgements';
import { verifierWith } from '../proof/verifier';
import type { Collected } from './collect';
import { explain, type Happened, type ListedCheck, type ToldChecks } from './explain';
import { asHtml } from './explained-html';
import { asPdf } from './explained-pdf';
import { findCheckPages } from './find-check-pages';
import type { ZipEntry } from '../../lib/zip';

/** More are left out, the oldest first. */
const MAX_CHECKS = 100_000;
/** Listed on the page; all are in the table beside it. */
const LISTED_CHECKS = 200;
const NUMBER_DIGITS = 6;
const CSV_HEADER = 'at,kind,answer,asked_by,ip,receipt\n';
const FILE_NAMES: Partial<Record<AuditEntry['action'], string>> = {
  'certificate.created': 'registration',
  'certificate.channels_revoked': 'opt-out',
  'certificate.revoked': 'revocation',
};

/** What goes through the files as they are made. */
interface Making {
  ctx: Context;
  collected: Collected;
  signal: AbortSignal;
}

/** The files of the archive, in the order in which they are made: receipts first, what explains them last. */
export async function* evidenceFiles(making: Making): AsyncGenerator<ZipEntry> {
  const { ctx, collected } = making;
  const { certificate, recording, keys } = collected;
  const view = certificateView(certificate);
  yield json('certificate.json', view);
  yield json('consents.json', view.consents);
  if (recording) {
    const events: unknown = JSON.parse(recording.events_json);
    yield json('recording.json', { recorded_at: recording.recorded_at.toISOString(), events });
  }
  const happened = yield* entryReceipts(making);
  const checks = yield* checkReceipts(making);
  yield { name: 'verify-receipt.mjs', content: verifierWith(keys) };
  yield { name: 'keys.txt', content: keys.map((key) => `${key}\n`).join('') };
  const told = await acknowledgementsOf({
    ctx,
    companyId: certificate.company_id,
    certificateId: certificate._id,
    revocationIds: requestsOf(certificate.opt_out),
  });
  if (told.length > 0) yield json('told.json', told);
  const explained = explain({ collected, certificate: view, happened, told, checks });
  yield { name: 'index.html', content: asHtml(explained) };
  yield { name: 'evidence.pdf', content: await asPdf(explained) };
}

async function* entryReceipts({
  ctx,
  collected,
}: Making): AsyncGenerator<ZipEntry, Happened[], void> {
  const happened: Happened[] = [];
  for (const [i, entry] of collected.entries.entries()) {
    const { at, action, method } = entry;
    const shown = collected.certificate._id;
    const receipt = await receiptOfEntry({
      ctx,
      region: 'default',
      entry,
      shown,
      heads: collected.heads,
    });
    const name = `receipts/${String(i + 1).padStart(2, '0')}-${FILE_NAMES[action] ?? 'event'}.json`;
    if (receipt) yield json(name, receipt);
    happened.push({ at, action, method, file: receipt ? name : null });
  }
  return happened;
}

async function* checkReceipts(making: Making): AsyncGenerator<ZipEntry, ToldChecks, void> {
  const listed: ListedCheck[] = [];
  const lines: string[] = [CSV_HEADER];
  let [count, proven, isCut] = [0, 0, false];
  const { checks, searchedFrom } = checksOf(making);
  for await (const check of checks) {
    isCut = count === MAX_CHECKS;
    if (isCut) break;
    count += 1;
    const { at, kind, answer, receipt } = check;
    const month = at.toISOString().slice(0, 7);
    const name = `receipts/checks/${month}/check-${String(count).padStart(NUMBER_DIGITS, '0')}.json`;
    if (receipt) {
      proven += 1;
      yield json(name, receipt);
    }
    const file = receipt ? name : null;
    lines.push(csvLine(check, file));
    if (listed.length < LISTED_CHECKS) listed.push({ at, kind, answer: answer ?? null, file });
  }
  yield { name: 'checks.csv', content: lines.join('') };
  return { listed, count, proven, searchedFrom: searchedFrom(), isCut };
}

/** Newest first. */
function checksOf({ ctx, collected, signal }: Making): {
  checks: AsyncGenerator<ProvenCheck>;
  searchedFrom: () => Date | null;
} {
  const { certificate, heads, asOf } = collected;
  const { company_id: companyId, ledger_ref: ref, ledger_salt: salt, created_at } = certificate;
  if (ref === undefined) return { checks: none(), searchedFrom: () => null };
  const opening = salt === undefined ? null : { salt, value: certificate._id };
  const window = { since: created_at, until: asOf };
  const { pages, searchedFrom } = findCheckPages({ ctx, companyId, ref, ...window, signal });
  async function* all(name: string): AsyncGenerator<ProvenCheck> {
    for await (const page of pages) {
      signal.throwIfAborted();
      yield* await checksOnPage({ ctx, page, heads, ref: name, opening });
    }
  }
  return { checks: all(ref), searchedFrom };
}

async function* none(): AsyncGenerator<ProvenCheck> {
  await Promise.resolve();
}

function csvLine({ at, kind, answer, actor, ip }: ProvenCheck, file: string | null): string {
  const who = actor.id === null ? actor.type : `${actor.type}:${actor.id}`;
  const cells = [at.toISOString(), kind, answer ?? '', who, ip ?? '', file ?? ''];
  return stringify([cells.map(inert)]);
}

function json(name: string, value: unknown): ZipEntry {
  return { name, content: `${JSON.stringify(value, null, 2)}\n` };
}
