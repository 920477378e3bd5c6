import type { Context } from '../../src/context';
import type { Row } from './table';

/** What the parts of the benchmark have in common. */
export interface Bench {
  ctx: Context;
  /** Settings of every process under measurement. */
  env: Record<string, string>;
  /** Tells how far it is, on stderr. */
  say: (line: string) => void;
}

/** One part of the benchmark: measures some rows of the table. */
export type Part = (bench: Bench) => Promise<Row[]>;
