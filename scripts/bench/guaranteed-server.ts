/**
 * Yardstick: the guarantees of a check written plainly, one transaction for each request. Those of
 * one company take turns: on the same wallet they would abort each other for ever.
 */
import express, { type Request } from 'express';
import mongoose from 'mongoose';
import type { AddressInfo } from 'node:net';
import { newLine, PRICE_MICROUSD, yardstickMoney } from './yardstick-money';

type ClientSession = mongoose.mongo.ClientSession;

interface Check {
  company_id: string;
  property_id: string;
  certificate_id: string;
  consent: string;
}

interface Company {
  _id: string;
  body_credentials_enabled: boolean;
}

interface Property {
  _id: string;
  company_id: string;
  property_id: string;
}

interface Certificate {
  _id: string;
  company_id: string;
  origin: string;
  opt_out: { revoke: boolean };
  consents: { text: string; given_at: Date }[];
}

interface Answer {
  status: number;
  body?: object;
}

const CLIENT = {
  maxPoolSize: 20,
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true },
} as const;
const TRANSACTION = { ...CLIENT, readConcern: { level: 'snapshot' } } as const;

async function main(): Promise<void> {
  const client = new mongoose.mongo.MongoClient(process.env.MONGODB_URI ?? '', CLIENT);
  const db = client.db();
  const companies = db.collection<Company>('companies');
  const properties = db.collection<Property>('properties');
  const certificates = db.collection<Certificate>('certificates');
  const { wallets, lines } = yardstickMoney(db);
  const turns = new Map<string, Promise<unknown>>();

  async function answer(check: Check, ip: string): Promise<Answer> {
    const { company_id, property_id } = check;
    const [company, property] = await Promise.all([
      companies.findOne({ _id: company_id }),
      properties.findOne({ company_id, property_id }),
    ]);
    if (!company?.body_credentials_enabled || !property) return { status: 401 };
    return inTurn(company_id, () =>
      client.withSession((session) =>
        session.withTransaction(() => verify(check, property, ip, session), TRANSACTION),
      ),
    );
  }

  function inTurn<Result>(companyId: string, work: () => Promise<Result>): Promise<Result> {
    const last = turns.get(companyId) ?? Promise.resolve();
    const turn = last.then(work, work);
    turns.set(companyId, turn);
    return turn;
  }

  async function verify(
    { company_id, certificate_id, consent }: Check,
    property: Property,
    ip: string,
    session: ClientSession,
  ): Promise<Answer> {
    const certificate = await certificates.findOne({ _id: certificate_id }, { session });
    if (certificate?.company_id !== company_id) return { status: 404 };
    if (certificate.opt_out.revoke) return { status: 403 };
    const debit = await wallets.updateOne(
      { _id: company_id, balance_microusd: { $gte: PRICE_MICROUSD } },
      { $inc: { balance_microusd: -PRICE_MICROUSD } },
      { session },
    );
    if (debit.modifiedCount === 0) return { status: 402 };
    const line = newLine({ company_id, certificate_id, ip }, property._id);
    await lines.insertOne(line, { session });
    const found = certificate.consents.find(({ text }) => text === consent);
    const { origin } = certificate;
    const body = { valid: found !== undefined, consent_opt_in: found?.given_at ?? null, origin };
    return { status: 200, body };
  }

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.post('/check', express.json(), async (request: Request<object, unknown, Check>, response) => {
    const { status, body = {} } = await answer(request.body, request.ip ?? '');
    response.status(status).json(body);
  });
  await client.connect();
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
  });
  process.on('SIGTERM', () => process.exit(0));
}

void main();
