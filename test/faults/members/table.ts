import type { Round } from './campaign';

const HEADINGS = [
  'fault',
  'rounds',
  'elections',
  'checks',
  'revocations',
  '503',
  'cut',
  '409',
  's until back',
  'broken',
];

/** One line for each fault, as a Markdown table; the longest wait of its rounds. */
export function tableOf(rounds: Round[]): string {
  const names = [...new Set(rounds.map(({ fault }) => fault))];
  const lines = names.map((name) =>
    lineOf(
      name,
      rounds.filter(({ fault }) => fault === name),
    ),
  );
  const all = [HEADINGS, ...lines, lineOf('all', rounds)];
  const widths = HEADINGS.map((_, i) => Math.max(...all.map((cells) => cells[i]?.length ?? 0)));
  const [head, ...rest] = all.map(
    (cells) => `| ${cells.map((cell, i) => padded(cell, widths[i] ?? 0, i)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, i) => '-'.repeat(width - (i ? 1 : 0)) + (i ? ':' : '')).join(' | ')} |`;
  return [head, rule, ...rest].join('\n');
}

function lineOf(name: string, rounds: Round[]): string[] {
  const sum = (count: (round: Round) => number): string =>
    String(rounds.reduce((total, round) => total + count(round), 0));
  return [
    name,
    String(rounds.length),
    sum(({ elections }) => elections),
    sum(({ checks }) => checks),
    sum(({ revocations }) => revocations),
    sum(({ unavailable }) => unavailable),
    sum(({ cut }) => cut),
    sum(({ running }) => running),
    (Math.max(...rounds.map(({ backMs }) => backMs)) / 1_000).toFixed(1),
    sum(({ broken }) => broken.length),
  ];
}

/** Words to the left, numbers to the right. */
function padded(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
