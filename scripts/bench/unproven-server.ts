/** Yardstick: the service itself, except that nothing of what it charges is ever to be proven. */
import type mongoose from 'mongoose';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app';
import { readConfig } from '../../src/config';
import type { Context } from '../../src/context';
import { createContext } from '../../src/create-context';
import { createWebServer } from '../../src/http/web-server';
import type { LedgerPage } from '../../src/store/ledger-pages';

type Ledger = Context['checkStore']['ledger'];

/** Pages as they were without a log: no leaf to come, no answers, nothing that hides a contact. */
const append: Ledger['append'] = async (pages, session) => {
  const bare = pages.map((page) => ({
    ...page,
    lines: page.lines.map(({ answers: _, commitments: __, ...line }) => line),
  }));
  // The driver does not tell of it in its types.
  const { client } = session as unknown as { client: mongoose.mongo.MongoClient };
  await client.db().collection<LedgerPage>('ledger_pages').insertMany(bare, { session });
};

async function main(): Promise<void> {
  const { ctx } = await createContext(readConfig(process.env), 'web');
  Object.assign(ctx.checkStore.ledger, { append });
  const { app } = createApp(ctx);
  const server = createWebServer(app).listen(0, '127.0.0.1', () => {
    ctx.log.info({ port: (server.address() as AddressInfo).port }, 'listening');
  });
  process.on('SIGTERM', () => process.exit(0));
}

void main();
