/** Yardstick: the same check written plainly, one read and one durable debit for each request. */
import express from 'express';
import mongoose from 'mongoose';
import type { AddressInfo } from 'node:net';
import { PRICE_MICROUSD, yardstickMoney } from './yardstick-money';

interface Check {
  company_id: string;
  certificate_id: string;
  consent: string;
}

interface Certificate {
  _id: string;
  opt_out: { revoke: boolean };
  consents: { text: string }[];
}

async function main(): Promise<void> {
  const connection = await mongoose
    .createConnection(process.env.MONGODB_URI ?? '', {
      maxPoolSize: 20,
      writeConcern: { w: 'majority', journal: true },
    })
    .asPromise();
  const certificates = connection.collection<Certificate>('certificates');
  const { wallets } = yardstickMoney(connection);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.post('/check', express.json(), async (request, response) => {
    const { company_id, certificate_id, consent } = request.body as Check;
    const certificate = await certificates.findOne({ _id: certificate_id });
    if (certificate?.opt_out.revoke !== false) return void response.sendStatus(403);
    const debit = await wallets.updateOne(
      { _id: company_id, balance_microusd: { $gte: PRICE_MICROUSD } },
      { $inc: { balance_microusd: -PRICE_MICROUSD } },
    );
    if (debit.modifiedCount === 0) return void response.sendStatus(402);
    response.json({ valid: certificate.consents.some(({ text }) => text === consent) });
  });
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
  });
  process.on('SIGTERM', () => process.exit(0));
}

void main();
