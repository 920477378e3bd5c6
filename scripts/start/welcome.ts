import type { SeedResult } from './seed';

/** The page of text that `npm start` prints once everything runs. */
export function welcome(base: string, operatorToken: string, demo: SeedResult | null): string {
  return [
    '',
    `Rescind is ready: ${base}`,
    '',
    `  Dashboard         ${base}/dashboard`,
    `  Queues            ${base}/operator/queues (user "operator", password: the operator token)`,
    `  Health            ${base}/healthz   ${base}/readyz`,
    `  Metrics           ${base}/metrics`,
    `  Operator token    ${operatorToken}`,
    ...(demo ? demoLines(base, demo) : []),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function demoLines(base: string, demo: SeedResult): string[] {
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
  return ['', 'Demo company:', ...shown, '', 'Try it:', curl(`${base}/verify/match`, body)];
}

function curl(url: string, body: object): string {
  // Inside single quotes a shell leaves everything alone but the single quote itself.
  const json = JSON.stringify(body).replaceAll("'", `'\\''`);
  return `curl -s -X POST ${url} -H 'Content-Type: application/json' -d '${json}'`;
}
