import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { until } from '../helpers/until';

/** As many calls of a company as a process carries out at once. */
const AT_A_TIME = 8;

let service: Service;
let busy: TestCompany;
let other: TestCompany;

beforeAll(async () => {
  service = await startService();
  [busy, other] = await Promise.all([makeCompany(service.ctx), makeCompany(service.ctx)]);
});
afterAll(() => service.close());

const wallet = ({ token }: TestCompany) => service.get('/wallet', { token });

test('calls of a company wait for its own; those of others, and checks, do not', async () => {
  const { ctx } = service;
  const made = await Promise.all(
    Array.from({ length: AT_A_TIME }, () => makeCertificate(ctx, busy)),
  );
  let arrived = 0;
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  ctx.reach = async (step) => {
    if (step !== 'revocation.recorded') return;
    arrived += 1;
    await held;
  };
  const revoking = made.map(({ id }) =>
    service.post(`/certificates/${id}/revoke`, {}, { token: busy.token }),
  );
  await until('all of them are under way', () => arrived === AT_A_TIME);
  let hasAnswered = false;
  const waiting = wallet(busy).finally(() => (hasAnswered = true));
  expect((await wallet(other)).status).toBe(200);
  const { id } = await makeCertificate(ctx, busy);
  const body = { ...busy.ids, certificate_id: id, term: 'agree' };
  const checked = await service.post('/verify/partial-match', body, { token: busy.token });
  expect(checked.status).toBe(200);
  const hasWaited = !hasAnswered;
  goOn();
  expect((await waiting).status).toBe(200);
  expect(hasWaited).toBe(true);
  expect((await Promise.all(revoking)).map(({ status }) => status)).toEqual(made.map(() => 200));
});
