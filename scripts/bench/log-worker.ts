/** Of a worker only what grows the logs, so that nothing else is measured with it. */
import { readConfig } from '../../src/config';
import { createContext } from '../../src/create-context';
import { startLogs } from '../../workers/start-logs';

async function main(): Promise<void> {
  const { ctx } = await createContext(readConfig(process.env), 'worker');
  const logs = startLogs(ctx);
  process.on('SIGTERM', () => void logs.stop().finally(() => process.exit(0)));
  ctx.log.info('log worker ready');
}

void main();
