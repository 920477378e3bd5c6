import type { CertificateView } from '../certificates/certificate-view';
import type { ProvenCheck } from '../proof/certificate-checks';
import type { Acknowledgement } from '../webhooks/list-acknowledgements';
import type { Collected } from './collect';
import * as words from './explaining-words';

/** A check as the page lists it; `file`: its receipt, null: it has none. */
export type ListedCheck = Pick<ProvenCheck, 'at' | 'kind'> & {
  answer: NonNullable<ProvenCheck['answer']> | null;
  file: string | null;
};

/** By which consent was given or withdrawn. */
export interface Happened {
  at: Date;
  action: string;
  method: string | null;
  file: string | null;
}

/** What there is to say of the checks. */
export interface ToldChecks {
  /** The newest ones. */
  listed: ListedCheck[];
  count: number;
  /** How many of them have a receipt. */
  proven: number;
  /** Null: all were looked for. */
  searchedFrom: Date | null;
  /** There are more than an archive has room for. */
  isCut: boolean;
}

/** A cell of a table; `href` leads to a file beside the page. */
export type Cell = string | { href: string; text: string };

/** A part of the page that explains an archive. */
export interface Section {
  heading: string;
  paragraphs?: string[];
  facts?: [name: string, value: string][];
  list?: string[];
  table?: { columns: string[]; rows: Cell[][] };
  /** Commands. */
  code?: string[];
  /** After the table or the code. */
  after?: string[];
}

/** The page that explains an archive, however it is written. */
export interface Explained {
  title: string;
  subtitle: string;
  /** One sentence that says how it stands. */
  verdict: string;
  isWithdrawn: boolean;
  sections: Section[];
}

/** What a reader who knows nothing of us has to know of an archive. */
export function explain({
  collected,
  certificate,
  happened,
  told,
  checks,
}: {
  collected: Collected;
  certificate: CertificateView;
  happened: Happened[];
  told: Acknowledgement[];
  checks: ToldChecks;
}): Explained {
  const { company, asOf, recording } = collected;
  const { opt_out } = certificate;
  const example = happened.find(({ file }) => file !== null)?.file ?? checks.listed[0]?.file;
  return {
    title: words.title,
    subtitle: certificate.certificate_id,
    verdict: words.verdict(opt_out, asOf),
    isWithdrawn: opt_out.revoke,
    sections: [
      {
        heading: words.glance.heading,
        paragraphs: [words.glance.intro(company.name)],
        facts: factsOf(collected, certificate, checks),
      },
      consentsSection(certificate),
      happenedSection(happened),
      ...(told.length > 0 ? [toldSection(told, company.name)] : []),
      checksSection(checks, company.name),
      { ...words.proves },
      { ...words.provesNot },
      words.verifying(example ?? null),
      words.files({ recording: recording !== null, told: told.length > 0 }),
    ],
  };
}

function factsOf(
  { company, asOf, recording, heads: [head] }: Collected,
  view: CertificateView,
  { count, proven }: ToldChecks,
): [string, string][] {
  const w = words.glance;
  const shown: [string, string | null][] = [
    [w.company, `${company.name} (${company.company_id})`],
    [w.certificate, view.certificate_id],
    [w.origin, view.origin],
    [w.email, view.email],
    [w.mobile, view.mobile],
    [w.registered, words.time(new Date(view.created_timestamp))],
    [w.withdrawn, view.opt_out.revoked_at && words.time(new Date(view.opt_out.revoked_at))],
    [w.reason, view.opt_out.reason],
    [w.recording, recording ? words.time(recording.recorded_at) : w.noRecording],
    [w.checks, w.counted(count, proven)],
    [w.log, head ? w.logged(head.origin, head.checkpoint_size) : null],
    [w.made, words.time(asOf)],
  ];
  return shown.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

function consentsSection({ consents }: CertificateView): Section {
  const w = words.consents;
  if (consents.length === 0) return { heading: w.heading, paragraphs: [w.none] };
  return {
    heading: w.heading,
    table: {
      columns: w.columns,
      rows: consents.map(({ type, text, given_at }) => [
        words.time(new Date(given_at)),
        type,
        words.shortened(text),
      ]),
    },
  };
}

function happenedSection(happened: Happened[]): Section {
  const w = words.happened;
  if (happened.length === 0) return { heading: w.heading, paragraphs: [w.none] };
  return {
    heading: w.heading,
    table: {
      columns: w.columns,
      rows: happened.map(({ at, action, method, file }) => [
        words.time(at),
        w.what(action, method),
        receiptCell(file),
      ]),
    },
    ...(happened.some(({ file }) => file === null) && { after: [words.noReceipt] }),
  };
}

function toldSection(told: Acknowledgement[], company: string): Section {
  const w = words.told;
  return {
    heading: w.heading,
    paragraphs: [w.intro],
    table: {
      columns: w.columns,
      rows: told.map(({ party, company_id, revoked_at, acknowledged_at, overdue }) => [
        party === 'owner' ? company : company_id,
        words.time(new Date(revoked_at)),
        acknowledged_at ? words.time(new Date(acknowledged_at)) : overdue ? w.overdue : w.notYet,
      ]),
    },
  };
}

function checksSection(checks: ToldChecks, company: string): Section {
  const w = words.checks;
  const { listed, count, proven, searchedFrom, isCut } = checks;
  const paragraphs = [w.intro(company)];
  if (searchedFrom) paragraphs.push(w.searchedFrom(words.time(searchedFrom)));
  if (isCut) paragraphs.push(w.cut(count));
  if (count === 0) return { heading: w.heading, paragraphs: [...paragraphs, w.none] };
  if (listed.length < count) paragraphs.push(w.listed(listed.length, count));
  return {
    heading: w.heading,
    paragraphs,
    table: {
      columns: w.columns,
      rows: listed.map(({ at, kind, answer, file }) => [
        words.time(at),
        w.kinds[kind] ?? kind,
        answer === null ? w.notSaid : (w.answers[answer] ?? answer),
        receiptCell(file),
      ]),
    },
    ...(proven < count && { after: [words.noReceipt] }),
  };
}

function receiptCell(file: string | null): Cell {
  return file === null ? '–' : { href: file, text: file.replace(/^receipts\//, '') };
}
