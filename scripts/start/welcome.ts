import { quote } from '../services/commands';
import type { SeedResult } from './seed';

/** The page of text that `npm start` prints once everything runs. */
export function welcome(base: string, operatorToken: string, demo: SeedResult | null): string {
  return [
    '',
    `Rescind is ready: ${base}`,
    '',
    `  Opt-out           ${base}/opt-out`,
    `  Dashboard         ${base}/dashboard`,
    `  API               ${base}/docs   ${base}/openapi.json`,
    `  Queues            ${base}/operator/queues (user "operator", password: the operator token)`,
    `  Health            ${base}/healthz   ${base}/readyz`,
    `  Metrics           ${base}/metrics`,
    `  Operator token    ${operatorToken}`,
    ...(demo ? demoLines(base, operatorToken, demo) : []),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function demoLines(base: string, operatorToken: string, demo: SeedResult): string[] {
  const { consent, ...credentials } = demo;
  const body = {
    company_id: demo.company_id,
    property_id: demo.property_id,
    certificate_id: demo.certificate_id,
    consent,
  };
  const shown = Object.entries(credentials).map(
    // Tokens and passwords are kept as hashes only: later starts do not know them.
    ([name, value]) =>
      `  ${name.padEnd(17)} ${typeof value === 'string' ? value : '(was shown at the first start)'}`,
  );
  return [
    ...['', 'Demo company:', ...shown],
    ...['', 'Try it:', curl(`${base}/verify/match`, body)],
    ...['', 'For the tour in README.md:', variables(operatorToken, demo)],
  ];
}

/** What the README's commands call by name; only the first start knows the token. */
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

function curl(url: string, body: object): string {
  const json = quote(JSON.stringify(body));
  return `curl -s -X POST ${url} -H 'Content-Type: application/json' -d ${json}`;
}
