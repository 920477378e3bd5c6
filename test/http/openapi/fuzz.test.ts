import fc from 'fast-check';
import { differenceFrom, operationOf, operations } from '../../helpers/described';
import { sized } from '../../helpers/soak';
import { callsOf, type FuzzedCall } from './arbitrary';
import { openScene, type OpenapiScene } from './scene';

const CALLS_PER_OPERATION = sized({ suite: 40, soak: 1_000 });
const OPERATION_MS = 1_500 * CALLS_PER_OPERATION;
/** The same calls each time; another seed makes others. */
const SEED = Number(process.env.FUZZ_SEED ?? 20261121);

let scene: OpenapiScene;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.service.close());

/** Makes a call and returns its status; leaves an event stream as soon as it begins. */
async function make({ method, path, headers, body }: FuzzedCall) {
  const response = await fetch(scene.service.url + path, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  const contentType = response.headers.get('content-type');
  if (contentType === 'text/event-stream') {
    await response.body?.cancel();
    return { status: response.status, contentType, body: '' };
  }
  const text = await response.text();
  const json = contentType?.includes('json') === true;
  return {
    status: response.status,
    contentType,
    body: json ? (JSON.parse(text) as unknown) : text,
  };
}

test.each(operations.map((operation) => [operation.id, operation] as const))(
  '%s answers as described, whatever it is sent',
  async (_id, operation) => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(callsOf(operation, scene), async (call) => {
        const answer = await make(call);
        made += 1;
        if (answer.status >= 500) throw new Error(`answered ${answer.status}`);
        // A path that Express reads as another call's is checked as that call.
        expect(operationOf(call.method, call.path)).toBeDefined();
        expect(differenceFrom(call.method, call.path, answer)).toBeNull();
      }),
      { numRuns: CALLS_PER_OPERATION, seed: SEED },
    );
    expect(made).toBe(CALLS_PER_OPERATION);
  },
  OPERATION_MS,
);

test('that is at least 2,000 calls', () => {
  expect(operations.length * CALLS_PER_OPERATION).toBeGreaterThanOrEqual(2_000);
});
