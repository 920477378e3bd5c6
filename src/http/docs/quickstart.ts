import type { DemoCheck } from '../../core/credentials/find-demo';
import { recordedExamples } from '../openapi/examples';

/** A call as the page shows it. */
export interface ShownCall {
  path: string;
  /** JSON. */
  body: string;
  /** For a shell, to be copied as it is. */
  curl: string;
  /** What it answers, as JSON in several lines. */
  answer: string;
}

/** Where there is no demo, names to put one's own values in for. */
const NAMES: DemoCheck = {
  company_id: 'YOUR_COMPANY_ID',
  property_id: 'YOUR_PROPERTY_ID',
  certificate_id: 'A_CERTIFICATE_ID',
  consent: 'The text that the consumer agreed to',
};

/** The first three calls of a developer: check, opt out, and check again. */
export function quickstart(url: string, demo: DemoCheck | null): ShownCall[] {
  const { company_id, property_id, certificate_id, consent } = demo ?? NAMES;
  const check = { company_id, property_id, certificate_id, consent };
  const { verifyMatch, optOut } = recordedExamples;
  const revoked = { ...(optOut?.answers['200'] as object), certificates: [certificate_id] };
  return [
    shown(url, '/verify/match', check, verifyMatch?.answers['200']),
    shown(url, '/opt-out', { company_id, certificate_id }, revoked),
    shown(url, '/verify/match', check, verifyMatch?.answers['403']),
  ];
}

function shown(url: string, path: string, content: object, answer: unknown): ShownCall {
  const body = JSON.stringify(content);
  const lines = [
    `curl -s ${url}${path}`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(body)}`,
  ];
  return { path, body, curl: lines.join(' \\\n  '), answer: JSON.stringify(answer, null, 2) };
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
