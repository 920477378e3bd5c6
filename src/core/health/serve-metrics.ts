import { createServer, type Server } from 'node:http';
import type { Context } from '../../context';
import { errorForLog } from '../../telemetry/logger';
import { scrapeMetrics } from './scrape-metrics';

/**
 * Serves this process's `/metrics` on a port of its own, to whoever can reach that.
 * @param setting names the setting of the port, for the log
 * @returns the server; close it when the process stops
 */
export function serveMetrics({
  ctx,
  port,
  setting,
}: {
  ctx: Context;
  port: number;
  setting: 'METRICS_PORT' | 'WORKER_METRICS_PORT';
}): Server {
  const { host } = ctx.config;
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    scrapeMetrics({ ctx }).then(
      ({ contentType, text }) => response.setHeader('Content-Type', contentType).end(text),
      (error: unknown) => {
        ctx.log.error({ error: errorForLog(error) }, 'metrics not served');
        response.writeHead(500).end();
      },
    );
  });
  server.on('error', (error) => {
    // A process without metrics still works; one that stopped over this would not.
    ctx.log.error({ error: errorForLog(error), host, port }, `${setting} cannot be used`);
  });
  return server.listen(port, host);
}
