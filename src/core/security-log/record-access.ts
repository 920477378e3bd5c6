import type { Context } from '../../context';
import { errorForLog } from '../../telemetry/logger';

/**
 * Writes down what the process has counted since the last time. Never throws: what cannot be written
 * is lost, as nobody gets in while the database is away.
 */
export async function recordAccess({ ctx }: { ctx: Context }): Promise<void> {
  const { securityLog } = ctx.store;
  const { lines, totals } = ctx.access.take();
  if (lines.length + totals.length === 0) return;
  try {
    await securityLog.add(lines);
    await securityLog.addTotals(totals);
    const used = lines.filter(
      ({ event, credential, ip }) => event === 'served' && credential !== null && ip !== null,
    );
    const fresh = await securityLog.noteIps(used);
    await securityLog.add(fresh.map((line) => ({ ...line, event: 'new_ip', count: 1 })));
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'could not write the security log');
  }
}
