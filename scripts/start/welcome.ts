import { styleText } from 'node:util';
import { quote } from '../services/commands';
import type { SeedResult } from './seed';

const LABEL_CHARACTERS = 18;
const RULE = '─'.repeat(72);

/** What `npm start` can tell once everything runs. */
export interface Welcome {
  /** Where the API is. */
  base: string;
  operatorToken: string;
  /** Whether mails are shown instead of being sent. */
  mailInbox: boolean;
  /** Null: there is no demo company. */
  demo: SeedResult | null;
}

/** The page of text that `npm start` prints last. */
export function welcome(
  { base, operatorToken, mailInbox, demo }: Welcome,
  colors: boolean,
): string {
  // Whether there are colours has been decided.
  const styled = (style: 'bold' | 'dim', text: string): string =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  const heading = (text: string): string => styled('bold', text);
  const faint = (text: string): string => styled('dim', text);
  const row = ([label, value]: Row): string => `  ${faint(label.padEnd(LABEL_CHARACTERS))}${value}`;
  const group = (name: string, rows: Row[]): string[] => ['', heading(name), ...rows.map(row)];
  return [
    '',
    faint(RULE),
    heading(`Rescind is ready: ${base}`),
    ...group('Pages', pages(base, operatorToken, mailInbox)),
    ...(demo
      ? [
          ...group('Demo company', credentials(base, demo)),
          ...['', heading('Try it'), curl(base, demo)],
          ...['', heading('For the tour in README.md'), variables(operatorToken, demo)],
        ]
      : []),
    '',
    faint('Ctrl-C stops everything.'),
    faint(RULE),
  ].join('\n');
}

type Row = readonly [label: string, value: string];

function pages(base: string, operatorToken: string, mailInbox: boolean): Row[] {
  return [
    ['Consumers', `${base}/opt-out`],
    ['Companies', `${base}/dashboard`],
    ['Developers', `${base}/docs   ${base}/openapi.json`],
    ['Operators', `${base}/operator   ${base}/operator/queues`],
    ...(mailInbox ? [['', `${base}/operator/mails: the mails that were written`] as const] : []),
    ['', 'user "operator", with the operator token as the password'],
    ['Operator token', operatorToken],
    ['Health', `${base}/readyz   ${base}/metrics`],
  ];
}

function credentials(base: string, demo: SeedResult): Row[] {
  const { company_id, property_id, token, certificate_id, user_email, user_password } = demo;
  const unknown = '(not known here: it was changed, or set by another machine or release)';
  const rows: Row[] = [
    ['company_id', company_id],
    ['property_id', property_id],
    ['token', token ?? '(not known here: it was shown when it was made)'],
    ['certificate_id', certificate_id],
    ['user_email', user_email],
    ['user_password', user_password ?? unknown],
  ];
  if (user_password === null) {
    const users = `${base}/operator/companies/${company_id}/users`;
    rows.push(['', `another user: POST ${users} {"email", "password", "role"}`]);
  }
  if (demo.viewer_email !== null) {
    rows.push(['', `${demo.viewer_email} may only look, with the same password`]);
  }
  return rows;
}

/** Answers 200 as it stands, at once. */
function curl(
  base: string,
  { token, company_id, property_id, certificate_id, consent }: SeedResult,
) {
  const check = { certificate_id, consent };
  const authorization = token === null ? '' : ` -H ${quote(`Authorization: Bearer ${token}`)}`;
  const body = token === null ? { company_id, property_id, ...check } : check;
  const json = ` -H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}`;
  return `curl -s ${base}/verify/match${authorization}${json}`;
}

/** What the README's commands call by name. */
function variables(operatorToken: string, demo: SeedResult): string {
  const values = {
    PROPERTY: demo.property_id,
    CERTIFICATE: demo.certificate_id,
    TOKEN: demo.token,
    OPERATOR_TOKEN: operatorToken,
  };
  const known = Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${quote(value)}`],
  );
  return `export ${known.join(' ')}`;
}
