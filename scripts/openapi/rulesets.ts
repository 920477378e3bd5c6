import type { RulesetDefinition } from '@stoplight/spectral-core';
import type { Description } from '../../src/http/openapi/document';

/**
 * Not to be told apart by shape alone; but no batch is called `receipt` or `deliveries`, no request `batches`, and logs are
 * numbers, not `us` or `tile`.
 */
const TOLD_APART = [
  ['/revocations/batches/{batch_id}', '/revocations/{reference}/receipt'],
  ['/revocations/batches/{batch_id}', '/revocations/{reference}/deliveries'],
  ['/log/tile/{tile}', '/log/{log}/checkpoint'],
  ['/log/us/checkpoint', '/log/{log}/checkpoint'],
  ['/log/us/tile/{tile}', '/log/{log}/tile/{tile}'],
  ['/log/us/tile/{tile}', '/log/us/{log}/checkpoint'],
  ['/log/us/{log}/checkpoint', '/log/{log}/tile/{tile}'],
];

/**
 * What the rules that others publish find in a description: Redocly's `recommended` and Spectral's
 * recommended ones for OpenAPI, warnings included. Reads no configuration and no network.
 */
export async function ruleProblems(description: Description): Promise<string[]> {
  return [...(await redocly(description)), ...(await spectral(description))];
}

async function redocly(description: Description): Promise<string[]> {
  const { BaseResolver, createConfig, lintDocument, makeDocumentFromString } =
    await import('@redocly/openapi-core');
  const problems = await lintDocument({
    document: makeDocumentFromString(JSON.stringify(description), '/openapi.json'),
    externalRefResolver: new BaseResolver(),
    config: await createConfig({ extends: ['recommended'] }),
  });
  const counted = problems.filter(({ ruleId, message }) => {
    return ruleId !== 'no-ambiguous-paths' || !isToldApart(message);
  });
  return counted.map(({ ruleId, message, location }) => {
    const [at] = location;
    return `Redocly ${ruleId}: ${at?.pointer ?? ''}: ${message}`;
  });
}

function isToldApart(message: string): boolean {
  return TOLD_APART.some((paths) => paths.every((path) => message.includes(path)));
}

async function spectral(description: Description): Promise<string[]> {
  const { Spectral } = await import('@stoplight/spectral-core');
  const { oas } = await import('@stoplight/spectral-rulesets');
  const linter = new Spectral();
  linter.setRuleset({ extends: [[oas as RulesetDefinition, 'recommended']] });
  const problems = await linter.run(description);
  return problems.map(({ code, message, path }) => {
    return `Spectral ${String(code)}: ${path.join('/')}: ${message}`;
  });
}
