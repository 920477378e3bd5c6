import { Webhook } from 'standardwebhooks';
import { newWebhookSecret, signWebhook } from '../../src/lib/standard-webhooks';

const BODY = '{"event":"certificate.revoked","name":"Zoë 😀"}';
const SECRET = newWebhookSecret();

/** Signed now, as the package refuses what is old. */
function signed(secrets: string[], body: string | Buffer = BODY) {
  return signWebhook({ id: 'evt_4fZ-_a', at: new Date(), body, secrets });
}

test('signs the example of the specification', () => {
  const headers = signWebhook({
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: new Date(1_614_265_330_999),
    body: '{"test": 2432232314}',
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test.each([
  ['text', BODY],
  ['bytes', Buffer.from(BODY)],
])('what it signs as %s verifies', (_, body) => {
  expect(new Webhook(SECRET).verify(BODY, signed([SECRET], body))).toEqual(JSON.parse(BODY));
});

test('while a secret is being replaced, both verify', () => {
  const [old, other] = [newWebhookSecret(), newWebhookSecret()];
  const headers = signed([SECRET, old]);
  expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  for (const secret of [SECRET, old]) {
    expect(new Webhook(secret).verify(BODY, headers)).toBeTruthy();
  }
  expect(() => new Webhook(other).verify(BODY, headers)).toThrow('No matching signature');
});

test('nothing that was changed verifies', () => {
  const webhook = new Webhook(SECRET);
  const headers = signed([SECRET]);
  const later = String(Number(headers['webhook-timestamp']) + 1);
  expect(() => webhook.verify(`${BODY} `, headers)).toThrow();
  expect(() => webhook.verify(BODY, { ...headers, 'webhook-id': 'evt_other' })).toThrow();
  expect(() => webhook.verify(BODY, { ...headers, 'webhook-timestamp': later })).toThrow();
});

test('secrets are all different, and as long as the specification wants them', () => {
  const secrets = Array.from({ length: 100 }, newWebhookSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});

test.each([
  ['none', []],
  ['no prefix', [SECRET.slice(6)]],
  ['too short', [`whsec_${Buffer.alloc(23).toString('base64')}`]],
  ['too long', [`whsec_${Buffer.alloc(65).toString('base64')}`]],
  ['not base64', [`whsec_${'?'.repeat(40)}`]],
  ['one of two', [SECRET, '']],
])('does not sign with what is no secret: %s', (_, secrets) => {
  expect(() => signed(secrets)).toThrow();
});

test('does not sign an id that could be taken for id and time', () => {
  const call = { id: 'evt.1', at: new Date(), body: BODY, secrets: [SECRET] };
  expect(() => signWebhook(call)).toThrow('dot');
});
