import type { ReceiptFacts } from '../../core/proof/read-receipt';
import type { Texts } from '../pages/texts';

type Words = Texts['receipts'];

/** As many of what it is about as a page lists; all are in the attached receipt. */
const LISTED = 100;

/** What kind of receipt it is, as its words are chosen. */
export function kindOf({ event }: ReceiptFacts): keyof Words['kinds'] {
  if (event === 'ledger.page') return 'check';
  if (event === 'scrub.answered') return 'scrub';
  return event === 'opt_out.requested' ? 'request' : 'revocation';
}

/**
 * What a receipt says was recorded, as rows of a name and a value.
 * @param time when, in words
 */
export function rowsOf(facts: ReceiptFacts, words: Words, time: string): [string, string][] {
  const { event, at, shown, subjects, company } = facts;
  const [check] = event === 'ledger.page' ? subjects : [];
  const what = check?.event ?? event;
  const companyId = shown.pii_controller;
  const actor = check?.actor ?? shown.entity_id;
  const named = company ? `${company.name} (${company.company_id})` : companyId;
  return [
    [words.what, words.events[what] ?? what],
    [words.time, `${time} (${at.toISOString()})`],
    ...row(words.company, named),
    ...row(words.actor, actor && actorIn(actor, words)),
    ...row(words.method, shown.method && (words.methods[shown.method] ?? shown.method)),
    ...row(words.reference, shown.request_id),
    ...row(words.channels, shown.channels && channelsIn(shown.channels, words)),
    ...row(words.identifier, shown.identifier),
    ...row(words.ip, shown.ip),
    ...row(words.reason, shown.reason),
    ...row(words.answer, check?.answer && (words.answers[check.answer] ?? check.answer)),
    ...row(words.rows, shown.rows),
    ...row(words.allowed, shown.allowed),
    ...row(words.resultBytes, shown.result_bytes),
    ...row(words.resultHash, shown.result_sha256),
    // A row for each, so that pages end between them.
    ...listOf(subjects, words).map((one, i): [string, string] => [
      i === 0 ? words.subjects : '',
      one,
    ]),
  ];
}

function row(name: string, value: string | null | undefined): [string, string][] {
  return value === null || value === undefined || value === '' ? [] : [[name, value]];
}

function channelsIn(channels: string, words: Words): string {
  return channels
    .split(' ')
    .map((one) => words.channelNames[one] ?? one)
    .join(', ');
}

function actorIn(entity: string, words: Words): string {
  const [type = ''] = entity.split(':');
  const name = words.actors[type];
  if (name === undefined) return entity;
  return entity === type ? name : `${name} (${entity.slice(type.length + 1)})`;
}

function listOf(subjects: ReceiptFacts['subjects'], words: Words): string[] {
  const lines = subjects.slice(0, LISTED).map(({ value }) => value ?? words.hidden);
  const more = subjects.length - lines.length;
  return [...lines, ...(more > 0 ? [words.more(more)] : [])];
}
