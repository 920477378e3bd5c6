import { readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second, whatever its own clock does. */
const MS_PER_TICK = 10;
/** Of `/proc/<pid>/stat` after the name: user and system time. */
const USER = 11;
const SYSTEM = 12;

/** Milliseconds of CPU, user and system, that a process has used since its start; Linux only. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name is in brackets, and may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER]) + Number(fields[SYSTEM])) * MS_PER_TICK;
}

/** The highest resident memory of a process since its start; Linux only. */
export function peakMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}
