import { createPretty, isLogLine } from './pretty-line';

const INFO = 30;

/** What `npm start` writes to: a terminal, or a file that somebody reads. */
export interface Output {
  /** A line of our own. */
  log: (line: string) => void;
  /** A line of one of the processes. */
  pass: (name: string, line: string, to: NodeJS.WritableStream) => void;
  /** A page for people, with colours or without; in production `instead`, as a line of our own. */
  show: (page: (colors: boolean) => string, instead: string) => void;
  /** How long nothing has been written, in milliseconds. */
  quietMs: () => number;
}

/**
 * Writes for people or, in production, nothing but lines of JSON.
 * @param production as `NODE_ENV` says
 * @param colors whether there is somebody to see them
 */
export function createOutput({
  production,
  colors,
  to = process.stdout,
}: {
  production: boolean;
  colors: boolean;
  to?: NodeJS.WritableStream;
}): Output {
  const pretty = createPretty({ colors });
  let writtenAt = performance.now();
  const write = (line: string, stream = to): void => {
    writtenAt = performance.now();
    stream.write(`${line}\n`);
  };
  return {
    log: (line) => {
      write(production ? asJson('start', line) : line);
    },
    pass: (name, line, stream) => {
      if (!production) write(pretty(name, line), stream);
      else write(isLogLine(line) ? line : asJson(name, line), stream);
    },
    show: (page, instead) => {
      write(production ? asJson('start', instead) : page(colors));
    },
    quietMs: () => performance.now() - writtenAt,
  };
}

/** Colours are for terminals, and for nobody who does not want them (https://no-color.org). */
export function hasColors(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** As the processes write their own lines. */
function asJson(process: string, msg: string): string {
  return JSON.stringify({ level: INFO, time: Date.now(), process, msg });
}
