import { createServer, type Server } from 'node:http';
import type { Context } from '../src/context';
import { scrapeMetrics } from '../src/core/health/scrape-metrics';
import { errorForLog } from '../src/telemetry/logger';

/**
 * Serves a worker's `/metrics`; a worker has no API that could.
 * @returns the server; close it when the worker stops
 */
export function serveMetrics(ctx: Context, host: string, port: number): Server {
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
    // A worker without metrics still works; one that stopped over this would not.
    ctx.log.error({ error: errorForLog(error), host, port }, 'WORKER_METRICS_PORT cannot be used');
  });
  return server.listen(port, host);
}
