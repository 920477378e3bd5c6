import { createHash } from 'node:crypto';
import { registerCertificate } from '../../src/core/certificates/register-certificate';
import { addProperty } from '../../src/core/credentials/add-property';
import { addUser } from '../../src/core/users/add-user';
import { createCompany } from '../../src/core/companies/create-company';
import type { Caller, Context } from '../../src/context';
import { newSecret } from '../../src/lib/random-ids';
import { revokeCertificate } from '../../src/core/revocations/revoke-certificate';
import { topUp } from '../../src/core/wallet/top-up';
import { collections } from '../services/collections';
import { makePeople } from '../bench/csv-data';
import { noise } from './noise';
import { HOUR_MS } from '../../src/lib/durations';

const CALLER: Caller = { actor: { type: 'system', id: 'screenshots' }, ip: null };
const FIRST = (
  'Maya Daniel Priya Lucas Hannah Omar Grace Mateo Chloe Ethan ' +
  'Amara Noah Sofia Liam Yuki Isaac Leila Caleb Nora Felix'
).split(' ');
const LAST = (
  'Alvarez Bennett Chen Dawson Eriksen Fischer Gupta Hughes ' +
  'Ibrahim Jensen Kowalski Lambert Moreau Novak Okafor'
).split(' ');
const METHODS = ['consumer_portal', 'api', 'dashboard'] as const;
const AT_ONCE = 10;
const DAY_MS = 24 * HOUR_MS;
/** People of a campaign, for the suppression list. */
const CROWD = 60_000;

/** What the pictures show, and how to get in. */
export interface Scene {
  companyId: string;
  user: { email: string; password: string };
  /** Gave consent to more than one company. */
  consumerEmail: string;
  /** How many people `emailOf` names. */
  crowd: number;
}

interface Site {
  companyId: string;
  propertyId: string;
  name: string;
  origin: string;
}

interface Person {
  email: string;
  mobile: string;
}

/** Fills an empty database: two companies, a week of certificates and an older campaign. */
export async function makeScene(ctx: Context): Promise<Scene> {
  const demo = await makeSite(ctx, 'comp-demo', 'Demo Company', 'demo.example');
  const harbor = await makeSite(ctx, 'comp-harbor', 'Harbor Insurance', 'harbor.example');
  const now = Date.now();
  await makeWeek(ctx, demo, now);

  const consumer = { email: 'jordan.reyes@example.com', mobile: '+14155550199' };
  await register(ctx, demo, consumer, new Date(now - 12 * DAY_MS));
  await register(ctx, demo, consumer, new Date(now - 70 * DAY_MS));
  await register(ctx, harbor, consumer, new Date(now - 100 * DAY_MS));

  const { companyId, propertyId } = demo;
  const member = { email: 'campaign@example.com', mobile: '+14155550198' };
  const id = await register(ctx, demo, member, new Date(now - 120 * DAY_MS));
  await makePeople(ctx, { id: companyId, propertyId, token: '', certificateIds: [id] }, CROWD);

  const user = { email: 'compliance@demo.example', password: newSecret('demo') };
  await addUser({ ctx, companyId, caller: CALLER, input: { ...user, role: 'admin' } });
  return { companyId, user, consumerEmail: consumer.email, crowd: CROWD };
}

async function makeSite(
  ctx: Context,
  companyId: string,
  name: string,
  domain: string,
): Promise<Site> {
  const by = { ctx, companyId, caller: CALLER };
  await createCompany({ ctx, caller: CALLER, input: { company_id: companyId, name } });
  const property = await addProperty({ ...by, input: { name: 'Sign-up form', domain } });
  await topUp({ ...by, amountMicrousd: 25_000_000 });
  return { companyId, propertyId: property.property_id, name, origin: `https://${domain}/sign-up` };
}

/** One certificate of each of 300 people, newest first, of which every seventh is revoked. */
async function makeWeek(ctx: Context, site: Site, now: number): Promise<void> {
  const people = FIRST.flatMap((first, f) =>
    LAST.map((last, l) => ({ first, last, place: noise(f * LAST.length + l) })),
  );
  people.sort((a, b) => a.place - b.place);
  for (let done = 0; done < people.length; done += AT_ONCE) {
    const batch = people.slice(done, done + AT_ONCE).map(async ({ first, last }, i) => {
      const n = done + i;
      const email = `${first}.${last}@example.com`.toLowerCase();
      const mobile = `+1415555${String(200 + ((n * 37) % 300)).padStart(4, '0')}`;
      const at = new Date(now - (n + noise(1_000 + n)) * 0.6 * HOUR_MS);
      const id = await register(ctx, site, { email, mobile }, at);
      if (n % 7 === 2) await revoke(ctx, site, id, n);
    });
    await Promise.all(batch);
  }
}

/** Registers a certificate as of an earlier time, which only a made-up past may do. */
async function register(
  ctx: Context,
  { companyId, propertyId, name, origin }: Site,
  { email, mobile }: Person,
  at: Date,
): Promise<string> {
  const session = createHash('sha256').update(`${email} ${at.getTime()}`).digest('hex');
  const { certificate } = await registerCertificate({
    ctx,
    companyId,
    propertyId,
    caller: CALLER,
    input: {
      session_id: session.slice(0, 10),
      email,
      mobile,
      origin,
      consents: [
        {
          type: 'tcpa-express-consent',
          text: `I agree to receive marketing calls and text messages from ${name}.`,
          given_at: at,
        },
      ],
    },
  });
  const collection = collections(ctx).certificates;
  await collection.updateOne({ _id: certificate._id }, { $set: { created_at: at } });
  return certificate._id;
}

async function revoke(ctx: Context, { companyId }: Site, id: string, n: number): Promise<void> {
  const method = METHODS[n % METHODS.length] ?? 'api';
  await revokeCertificate({ ctx, companyId, method, caller: CALLER, certificateId: id });
}
