import { type Channel, CHANNELS } from '../../store/certificates';
import { visibleText, withoutWidth } from '../identifiers/visible-text';

/** How channels are written, without case, accents and hyphens. */
const WORDS: Record<Channel | 'all', string[]> = {
  call: ['call', 'calls', 'voice', 'llamada', 'llamadas'],
  text: ['text', 'texts', 'sms', 'texto', 'textos'],
  email: ['email', 'emails', 'correo', 'correos'],
  all: ['all', 'todo', 'todos', 'todas'],
};

const CHANNEL_OF = new Map(
  [...CHANNELS, 'all' as const].flatMap((channel) =>
    WORDS[channel].map((word) => [word, channel] as const),
  ),
);

/** Between channels; quotes and brackets come along with lists of programs. */
const BETWEEN = /[\s,;|/+&"'()[\]{}]+/;
/** No list of channels is longer. */
const MAX_CHARACTERS = 200;

/**
 * Channels as somebody writes them: `Email, SMS`, `call|text`, `todos`.
 * @returns them in order and each once; null where a word is none, or there is no word
 */
export function readChannels(text: string): Channel[] | null {
  if (text.length > MAX_CHARACTERS) return null;
  const words = plain(text)
    .split(BETWEEN)
    .filter((word) => word !== '');
  const read = words.map((word) => CHANNEL_OF.get(word));
  if (read.length === 0 || read.includes(undefined)) return null;
  return read.includes('all') ? [...CHANNELS] : CHANNELS.filter((one) => read.includes(one));
}

function plain(text: string): string {
  return withoutWidth(visibleText(text))
    .normalize('NFKD')
    .replace(/[\p{M}\p{Pd}_.]/gu, '')
    .toLowerCase()
    .replace(/correos? electronicos?/g, 'email');
}
