import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { watchExit } from '../services/exit';
import type { Log } from '../services';

const seedResult = z.object({
  company_id: z.string(),
  property_id: z.string(),
  token: z.string().nullable(),
  certificate_id: z.string(),
  user_email: z.string(),
  user_password: z.string().nullable(),
  viewer_email: z.string().nullable(),
  consent: z.string(),
});

/** What the seed says about the demo company. */
export type SeedResult = z.infer<typeof seedResult>;

/**
 * Runs the seed to its end; its lines are passed on, but for the last one, which is its result.
 * @param dataDir where the demo's credentials are kept; null: nowhere
 * @returns null when it made no demo company
 */
export async function runSeed(
  env: NodeJS.ProcessEnv,
  dataDir: string | null,
  log: Log,
): Promise<SeedResult | null> {
  const keep = dataDir === null ? [] : ['--keep', dataDir];
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/seed.ts', ...keep], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { exited } = watchExit(child);
  let last: string | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (last !== null) log(`[seed] ${last}`);
    last = line;
  }
  const how = await exited;
  if (how === 'code 0') return parseResult(last, log);
  if (last !== null) log(`[seed] ${last}`);
  throw new Error(`The seed failed (${how}).`);
}

function parseResult(line: string | null, log: Log): SeedResult | null {
  if (line === null) return null;
  if (!line.startsWith('{')) {
    log(`[seed] ${line}`);
    return null;
  }
  return seedResult.parse(JSON.parse(line));
}
