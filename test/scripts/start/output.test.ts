import { PassThrough } from 'node:stream';
import { createOutput, hasColors } from '../../../scripts/start/output';
import type { SeedResult } from '../../../scripts/start/seed';
import { welcome } from '../../../scripts/start/welcome';

const BASE = 'http://127.0.0.1:3000';
const DEMO: SeedResult = {
  company_id: 'comp-demo',
  property_id: 'prop-1',
  token: 'rescind_tok_1',
  certificate_id: 'EC-demo-0000-1',
  user_email: 'demo@demo.example',
  user_password: 'demo_1',
  viewer_email: 'viewer@demo.example',
  consent: "I agree, and that's it.",
};
const CALL =
  '{"level":30,"time":1795000000000,"process":"web","request_id":"r1","method":"POST","route":"/verify/match","status":200,"ms":3.14159}';
const JOB =
  '{"level":40,"time":1795000000000,"process":"worker","job_id":"j1","kind":"wallet","attempt":2,"error":{"name":"Error"},"msg":"job failed"}';
const ESCAPE = '\u001b[';

function written(options: { production: boolean; colors: boolean }) {
  const to = new PassThrough();
  return { ...createOutput({ ...options, to }), to, text: () => String(to.read() ?? '') };
}

const show = (demo: SeedResult | null, colors = false) =>
  welcome({ base: BASE, operatorToken: 'op-1', mailInbox: true, demo }, colors);

test('in development a line of a process is a row: time, level, name, message and fields', () => {
  const { pass, to, text } = written({ production: false, colors: false });
  pass('web', CALL, to);
  pass('worker', JOB, to);
  pass('web', 'PORT 3000 on 127.0.0.1 cannot be used (EADDRINUSE)', to);
  const time = /\d\d:\d\d:\d\d/.source;
  expect(text().split('\n')).toEqual([
    expect.stringMatching(new RegExp(`^${time} INFO:  web     POST /verify/match 200 3\\.142 ms$`)),
    expect.stringMatching(
      new RegExp(
        `^${time} WARN:  worker  job failed kind=wallet attempt=2 error={"name":"Error"}$`,
      ),
    ),
    'web     PORT 3000 on 127.0.0.1 cannot be used (EADDRINUSE)',
    '',
  ]);
});

test('in production every line is JSON, those of processes as they are', () => {
  const { pass, log, show: page, to, text } = written({ production: true, colors: true });
  pass('web', CALL, to);
  pass('web', 'PORT 3000 cannot be used', to);
  log('worker died (signal SIGKILL); starting it again in 1 s.');
  page(() => 'a page for people', 'ready: https://consent.example.com');
  const lines = text().trim().split('\n');
  expect(lines[0]).toBe(CALL);
  expect(lines.slice(1).map((line) => JSON.parse(line) as object)).toMatchObject([
    { process: 'web', msg: 'PORT 3000 cannot be used' },
    { process: 'start', msg: 'worker died (signal SIGKILL); starting it again in 1 s.' },
    { process: 'start', msg: 'ready: https://consent.example.com' },
  ]);
});

test('colours are for terminals, and for nobody who does not want them', () => {
  expect(hasColors({ isTTY: true }, {})).toBe(true);
  expect(hasColors({}, {})).toBe(false);
  expect(hasColors({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(hasColors({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  const { pass, to, text } = written({ production: false, colors: true });
  pass('web', CALL, to);
  expect(text()).toContain(ESCAPE);
  expect(show(DEMO, true)).toContain(ESCAPE);
  expect(show(DEMO)).not.toContain(ESCAPE);
});

test('the welcome has the credentials in rows, a call and the line for the tour', () => {
  const text = show(DEMO);
  for (const [label, value] of Object.entries({
    company_id: 'comp-demo',
    property_id: 'prop-1',
    token: 'rescind_tok_1',
    certificate_id: 'EC-demo-0000-1',
    user_email: 'demo@demo.example',
    user_password: 'demo_1',
    'Operator token': 'op-1',
  })) {
    expect(text).toMatch(new RegExp(`^  ${label.padEnd(18)}${value}$`, 'm'));
  }
  expect(text).toContain(
    `\ncurl -s ${BASE}/verify/match -H 'Authorization: Bearer rescind_tok_1' -H 'Content-Type: application/json' -d '{"certificate_id":"EC-demo-0000-1","consent":"I agree, and that'\\''s it."}'\n`,
  );
  expect(text).toContain(
    "\nexport PROPERTY='prop-1' CERTIFICATE='EC-demo-0000-1' TOKEN='rescind_tok_1' OPERATOR_TOKEN='op-1'\n",
  );
});

test('what is not known is told as that, with a way in', () => {
  const text = show({ ...DEMO, token: null, user_password: null, viewer_email: null });
  expect(text).toMatch(/^ {2}user_password +\(not known here: it was changed/m);
  expect(text).toContain(`POST ${BASE}/operator/companies/comp-demo/users`);
  expect(text).not.toContain('viewer@demo.example');
  // With the other credentials.
  expect(text).toContain('"company_id":"comp-demo","property_id":"prop-1"');
  expect(text).toMatch(/^export PROPERTY='prop-1' CERTIFICATE='EC-demo-0000-1' OPERATOR_TOKEN=/m);
});

test('without a demo company only the pages are told', () => {
  const text = show(null);
  expect(text).toContain('Operator token    op-1');
  expect(text).not.toContain('Demo company');
});
