const BAR_WIDTH = 24;
/** Where lines cannot be redrawn there is one now and then. */
const LINE_EVERY_MS = 5_000;
const REDRAW_EVERY_MS = 100;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Where progress is shown: stderr, or a stand-in. */
export interface Screen {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write: (text: string) => unknown;
}

/** How far it is with a file. */
export interface Progress {
  state: string;
  rows_read: number;
  rows_total: number | null;
  rows_per_second: number | null;
  seconds_left: number | null;
}

/** Shows how far it has come: one line that is redrawn, or without a terminal a line now and then. */
export class Display {
  private lastKind = '';
  private lastAt = -Infinity;
  private drawn = false;

  constructor(
    private readonly screen: Screen,
    private readonly now: () => number = () => performance.now(),
  ) {}

  uploading(sentBytes: number, totalBytes: number): void {
    const share = totalBytes === 0 ? 1 : sentBytes / totalBytes;
    const [unit, name] = totalBytes < MIB ? [KIB, 'KiB'] : [MIB, 'MiB'];
    const done = `${(sentBytes / unit).toFixed(1)} of ${(totalBytes / unit).toFixed(1)} ${name}`;
    this.show('uploading', `uploading ${bar(share)} ${done}`, sentBytes === totalBytes);
  }

  following(batch: Progress | null, trouble: string): void {
    if (batch) this.show(batch.state, batchLine(batch));
    else this.show(`trouble ${trouble}`, `${trouble}, trying again`);
  }

  /** Ends the line that is redrawn, so that others can be written. */
  end(): void {
    if (this.drawn) this.screen.write('\n');
    this.drawn = false;
  }

  private show(kind: string, line: string, must = false): void {
    const news = kind !== this.lastKind || must;
    const everyMs = this.screen.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS;
    if (!news && this.now() - this.lastAt < everyMs) return;
    if (this.screen.isTTY) {
      const fits = line.slice(0, (this.screen.columns ?? 80) - 1);
      this.screen.write(`\r\u001b[K${fits}`);
      this.drawn = true;
    } else {
      this.screen.write(`${line}\n`);
    }
    this.lastAt = this.now();
    this.lastKind = kind;
  }
}

function bar(share: number): string {
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * BAR_WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${percent}%`;
}

function batchLine(batch: Progress): string {
  const { state, rows_read, rows_total, rows_per_second, seconds_left } = batch;
  const parts = [state];
  if (rows_total !== null && rows_total > 0) parts.push(bar(Math.min(rows_read / rows_total, 1)));
  parts.push(`${grouped(rows_read)} of ${rows_total === null ? '?' : grouped(rows_total)} rows`);
  if (rows_per_second !== null && rows_per_second > 0) {
    parts.push(`${grouped(Math.round(rows_per_second))}/s`);
  }
  if (seconds_left !== null && seconds_left > 0) parts.push(`${duration(seconds_left)} left`);
  return parts.join(' ');
}

/** A count and what it is of, one a line. */
export function counted(lines: [string, number][]): string[] {
  return lines.map(([name, count]) => `${name.padEnd(22)}${grouped(count).padStart(12)}`);
}

/** Which columns of a file are used. */
export function columns({ columns_used = [], columns_ignored = [] }: Columns): string[] {
  const used = columns_used.map(({ name }) => name).join(', ');
  const lines = used === '' ? [] : [`columns used: ${used}`];
  if (columns_ignored.length > 0) lines.push(`columns not used: ${columns_ignored.join(', ')}`);
  return lines.map(printable);
}

interface Columns {
  columns_used?: { name: string }[];
  columns_ignored?: string[];
}

/** Names of columns come from the file, and control characters would steer the terminal. */
export function printable(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** A count with its thousands apart. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3_600) return `${String(Math.ceil(whole / 60))} min`;
  return `${(whole / 3_600).toFixed(1)} h`;
}
