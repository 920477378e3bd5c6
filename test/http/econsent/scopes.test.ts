import { createToken } from '../../../src/core/credentials/create-token';
import { type Scope, SCOPES } from '../../../src/core/credentials/scopes';
import { recordedExamples } from '../../../src/http/openapi/examples';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany, type TestCompany } from '../../helpers/company';
import { type DescribedOperation, operations } from '../../helpers/described';
import { operatorClient, wrongFields } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';

const REFUSAL = 'The token may not be used for this call';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

const operator = operatorClient(() => service);
const tokenFor = async (scopes?: Scope[]): Promise<string> => {
  const by = { ctx: service.ctx, companyId: company.id, caller: CALLER };
  return (await createToken({ ...by, input: { label: 'scoped', scopes } })).token;
};

/** The scope that the description of a call names; undefined where it takes no token. */
const named = ({ object }: DescribedOperation): Scope | undefined => object['x-required-scope'];

const takesToken = ({ object }: DescribedOperation): boolean =>
  object.security?.some((one) => 'companyToken' in one) ?? false;

/** Makes a call that is right in every way but its token. */
async function make({ id, method, path }: DescribedOperation, token: string) {
  const example = recordedExamples[id]?.request as Record<string, unknown> | undefined;
  const body = { ...example, ...(example?.company_id !== undefined && { company_id: company.id }) };
  const at = path.replace('{company_id}', company.id).replace(/\{\w+\}/g, 'x');
  return service.call(method, at, {
    token,
    ...(method !== 'GET' && id !== 'uploadRevocations' && { body }),
  });
}

const calls = operations.filter(takesToken);

test('every call that takes a company’s token names one scope', () => {
  expect(calls.length).toBeGreaterThan(20);
  for (const operation of calls) {
    expect([operation.id, SCOPES]).toEqual([
      operation.id,
      expect.arrayContaining([named(operation)]),
    ]);
  }
});

test.each(calls.map((operation) => [operation.id, operation] as const))(
  '%s is refused to a token without its scope only',
  async (_id, operation) => {
    const scope = named(operation)!;
    const others = await tokenFor(SCOPES.filter((one) => one !== scope));
    const refused = await make(operation, others);
    expect(refused).toMatchObject({ status: 403, body: { status: 403, error: REFUSAL } });
    expect(refused.body.details).toEqual([
      { path: 'Authorization', message: `needs a token with the scope ${scope}` },
    ]);
    const served = await make(operation, await tokenFor([scope]));
    expect(served.status).not.toBe(401);
    expect(served.body.error).not.toBe(REFUSAL);
  },
);

test('a token from before there were scopes has the first six', async () => {
  const token = await tokenFor();
  const { modifiedCount } = await collections(service.ctx).tokens.updateMany(
    { company_id: company.id },
    { $unset: { scopes: 1 } },
  );
  expect(modifiedCount).toBeGreaterThan(0);
  const first = SCOPES.slice(0, 6);
  for (const operation of calls) {
    const { error } = (await make(operation, token)).body;
    expect([operation.id, error !== REFUSAL]).toEqual([
      operation.id,
      first.includes(named(operation)!),
    ]);
  }
  const listed = await operator('GET', `/companies/${company.id}/tokens`);
  expect(listed.body.tokens[0].scopes).toEqual(first);
});

test('a new token has all scopes unless told otherwise; unknown ones are refused', async () => {
  const path = `/companies/${company.id}/tokens`;
  const all = await operator('POST', path, { label: 'x' });
  expect(all.body.scopes).toEqual(SCOPES);
  const some = await operator('POST', path, { label: 'x', scopes: ['audit', 'verify', 'audit'] });
  expect(some.body.scopes).toEqual(['verify', 'audit']);
  for (const scopes of [['everything'], [], 'verify']) {
    const reply = await operator('POST', path, { label: 'x', scopes });
    expect(reply.status).toBe(400);
    expect(wrongFields(reply)?.[0]).toMatch(/^scopes/);
  }
});
