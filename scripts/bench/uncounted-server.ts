/** Yardstick: the service itself, except that it looks for nobody's limits. */
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app';
import { readConfig } from '../../src/config';
import { createContext } from '../../src/create-context';
import { createWebServer } from '../../src/http/web-server';

async function main(): Promise<void> {
  const { ctx } = await createContext(readConfig(process.env), 'web');
  const { app } = createApp(ctx, { countCall: () => null });
  const server = createWebServer(app).listen(0, '127.0.0.1', () => {
    ctx.log.info({ port: (server.address() as AddressInfo).port }, 'listening');
  });
  process.on('SIGTERM', () => process.exit(0));
}

void main();
