import { readFile } from 'node:fs/promises';

/** One line of the Procfile, ready to be spawned. */
export interface ProcfileEntry {
  name: string;
  command: string;
  args: string[];
}

/** Reads the Procfile: plain words only, since no shell takes part here. */
export async function readProcfile(file: string): Promise<ProcfileEntry[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#')).map(parseLine);
}

function parseLine(line: string): ProcfileEntry {
  const match = /^([\w-]+):\s*([\w./@=:-]+(?:\s+[\w./@=:-]+)*)\s*$/.exec(line);
  const [, name, words] = match ?? [];
  if (!name || !words)
    throw new Error(`Procfile: this line needs a shell, or has no name: ${line}`);
  const [command = '', ...args] = words.split(/\s+/);
  // The same Node as ours, whatever PATH says.
  return { name, command: command === 'node' ? process.execPath : command, args };
}
