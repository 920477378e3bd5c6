import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchExit } from '../services/exit';
import { makeCompanies } from './data';
import { lengthenLog } from './long-log';
import type { Bench } from './part';
import { withOtherDatabase } from './other-database';
import { cpuMs, peakMebibytes } from './process-usage';
import type { Row } from './table';

const CERTIFICATES = 1_000;
const FEW = 20_000;
const MANY = 200_000;
const LOOK_EVERY_MS = 50;
const COMMAND = ['--import', 'tsx', 'scripts/proof-verify.ts'];

/** `npm run proof:verify` of a log and of one ten times as long: records per second, and its memory. */
export const proofVerifyRows = (bench: Bench): Promise<Row[]> =>
  // In a database of its own: the log of the other is as long as other rows have made it.
  withOtherDatabase(bench, 'verified', (own) => verifyRows({ ...bench, ...own }));

async function verifyRows(bench: Bench): Promise<Row[]> {
  const { ctx, say } = bench;
  const [company] = await makeCompanies(ctx, 1, CERTIFICATES);
  if (!company) throw new Error('a company is needed');
  const verified = async (leaves: number) => {
    say(`a log of ${leaves} records …`);
    await lengthenLog(ctx, company, leaves);
    const run = await verify(bench);
    say(`  looked at in ${run.seconds.toFixed(1)} s, ${run.cpu.toFixed(1)} s of CPU`);
    return run;
  };
  const few = await verified(FEW);
  const many = await verified(MANY);
  const label = (records: number) => `${records.toLocaleString('en-US')} records`;
  return [
    {
      name: `proof:verify: records looked at, ${label(MANY)}`,
      value: MANY / many.seconds,
      unit: '/s',
      yardstick: label(FEW),
      beside: FEW / few.seconds,
      aim: '≥ 0.8',
    },
    {
      name: `proof:verify: peak memory, ${label(MANY)}`,
      value: many.mebibytes,
      unit: 'MiB',
      yardstick: label(FEW),
      beside: few.mebibytes,
      aim: 'within 64 MiB',
    },
  ];
}

async function verify({ env }: Bench) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, COMMAND, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const { pid, exited } = watchExit(child);
  const state = { isOver: false };
  void exited.then(() => (state.isOver = true));
  let [mebibytes, cpu] = [0, 0];
  while (!state.isOver) {
    try {
      mebibytes = peakMebibytes(pid) || mebibytes;
      cpu = cpuMs(pid) / 1_000 || cpu;
    } catch {
      // It has just ended.
    }
    await sleep(LOOK_EVERY_MS);
  }
  if (!said.startsWith('default: sound')) throw new Error(`it says: ${said}`);
  return { seconds: (performance.now() - startedAt) / 1_000, mebibytes, cpu };
}
