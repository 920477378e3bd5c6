import type { Part } from './part';
import { proofBytesRows } from './proof-bytes-row';
import { proofChecksRows } from './proof-checks-row';
import { proofVerifyRows } from './proof-verify-row';
import { sequencerRows } from './sequencer-row';
import { withUnproven } from './unproven';

/** What proof costs a check: time until its answer and its receipt, and bytes. */
export const proofRows: Part = (bench) =>
  withUnproven(bench, async (unproven) => [
    ...(await proofChecksRows(bench, unproven)),
    ...(await proofBytesRows(bench, unproven)),
  ]);

/** What the log itself costs: putting records in, and looking at all of it. */
export const logRows: Part = async (bench) => [
  ...(await sequencerRows(bench)),
  ...(await proofVerifyRows(bench)),
];
