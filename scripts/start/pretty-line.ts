import { levels } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Fields of a line that say nothing here: it is one machine, and the name stands in front. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'process', 'request_id', 'job_id']);
const NAME_CHARACTERS = 7;
const LEVEL_CHARACTERS = 5;
const TIME = 'SYS:HH:MM:ss';

/** A line of the log, as its process wrote it. */
type LogLine = Record<string, unknown>;

/**
 * Makes what turns a line of a process into one that people read: time, level, the process's name, the
 * message and its fields. What is no JSON stays as it is.
 */
export function createPretty({
  colors,
}: {
  colors: boolean;
}): (name: string, line: string) => string {
  let current = '';
  const pretty = prettyFactory({
    colorize: colors,
    hideObject: true,
    ignore: 'pid,hostname',
    translateTime: TIME,
    customPrettifiers: {
      time: (time) => (typeof time === 'string' ? time : '').replace(/[[\]]/g, ''),
    },
    messageFormat: (log) => `${gapAfter(log)}${current.padEnd(NAME_CHARACTERS)} ${describe(log)}`,
  });
  return (name, line) => {
    current = name;
    return isLogLine(line) ? pretty(line).trimEnd() : `${name.padEnd(NAME_CHARACTERS)} ${line}`;
  };
}

/** Behind the level, so that what follows stands in a column. */
function gapAfter({ level }: LogLine): string {
  const label = levels.labels[Number(level)] ?? '';
  return ' '.repeat(Math.max(0, LEVEL_CHARACTERS - label.length));
}

/** Whether a process wrote it to its log. */
export function isLogLine(line: string): boolean {
  return line.startsWith('{"level":');
}

function describe(log: LogLine): string {
  const { msg, method, route, status, ms } = log;
  if (msg === undefined && method !== undefined) {
    return `${text(method)} ${text(route)} ${text(status)} ${text(ms)} ms`;
  }
  const fields = Object.entries(log).filter(
    ([name, value]) => !LEFT_OUT.has(name) && !(name === 'attempt' && value === 1),
  );
  return [text(msg), ...fields.map(([name, value]) => `${name}=${text(value)}`)].join(' ');
}

/** On one line, whatever it is. */
function text(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.replaceAll('\n', ' ');
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  return JSON.stringify(value);
}
