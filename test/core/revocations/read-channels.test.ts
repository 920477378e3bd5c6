import { readChannels } from '../../../src/core/revocations/read-channels';

const ALL = ['call', 'text', 'email'];

test.each([
  ['call', ['call']],
  [' TEXT ', ['text']],
  ['email,call', ['call', 'email']],
  ['call, text;email', ALL],
  ['call|text', ['call', 'text']],
  ['call text call', ['call', 'text']],
  ['E-Mail / SMS', ['text', 'email']],
  ['["call","text"]', ['call', 'text']],
  ['Ｅｍａｉｌ\u200b', ['email']],
  ['llamadas', ['call']],
  ['Textos & correos', ['text', 'email']],
  ['Correo electrónico; llamada', ['call', 'email']],
  ['all', ALL],
  ['Todos', ALL],
  ['call, all', ALL],
])('%j is understood', (text, channels) => {
  expect(readChannels(text)).toEqual(channels);
});

test.each([
  '',
  ' ; ',
  'fax',
  'call, fax',
  'no email',
  'do not call',
  'all but email',
  '1',
  'phone',
  'call,'.repeat(50),
  'constructor',
])('%j is not', (text) => {
  expect(readChannels(text)).toBeNull();
});
