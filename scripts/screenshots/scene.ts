import { createHash } from 'node:crypto';
import { registerCertificate } from '../../src/core/certificates/register-certificate';
import { createCompany } from '../../src/core/companies/create-company';
import { addProperty } from '../../src/core/credentials/add-property';
import type { Caller, Context } from '../../src/context';
import { DAY_MS } from '../../src/lib/durations';
import { makePeople } from '../bench/csv-data';
import { ensureDemoCompany } from '../seed/demo-company';

const CALLER: Caller = { actor: { type: 'system', id: 'screenshots' }, ip: null };
/** Gave consent to more than one company. */
const CONSUMER = { email: 'jordan.reyes@example.com', mobile: '+14155550199' };
/** People of a campaign, for the suppression list. */
const CROWD = 60_000;

/** What the pictures show, and how to get in. */
export interface Scene {
  companyId: string;
  user: { email: string; password: string };
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

/** Fills an empty database: the demo company, another one, and an older campaign. */
export async function makeScene(ctx: Context): Promise<Scene> {
  const made = await ensureDemoCompany({ ctx, dir: null });
  if (!made?.user_password) throw new Error('the database was not empty');
  const { company_id: companyId, property_id: propertyId } = made;
  const demo = { companyId, propertyId, name: 'Demo Company', origin: 'https://demo.example/' };
  const harbor = await makeHarbor(ctx);
  await register(ctx, demo, CONSUMER, 12);
  await register(ctx, demo, CONSUMER, 70);
  await register(ctx, harbor, CONSUMER, 100);

  const member = { email: 'campaign@example.com', mobile: '+14155550198' };
  const id = await register(ctx, demo, member, 120);
  await makePeople(ctx, { id: companyId, propertyId, token: '', certificateIds: [id] }, CROWD);

  const user = { email: made.user_email, password: made.user_password };
  return { companyId, user, consumerEmail: CONSUMER.email, crowd: CROWD };
}

async function makeHarbor(ctx: Context): Promise<Site> {
  const [companyId, name] = ['comp-harbor', 'Harbor Insurance'];
  await createCompany({ ctx, caller: CALLER, input: { company_id: companyId, name } });
  const input = { name: 'Quotes', domain: 'harbor.example' };
  const { property_id } = await addProperty({ ctx, companyId, caller: CALLER, input });
  return { companyId, propertyId: property_id, name, origin: 'https://harbor.example/quote' };
}

/** Registers consent that was given some days ago. */
async function register(
  ctx: Context,
  { companyId, propertyId, name, origin }: Site,
  { email, mobile }: typeof CONSUMER,
  daysAgo: number,
): Promise<string> {
  const session = createHash('sha256').update(`${email} ${daysAgo}`).digest('hex');
  const text = `I agree to receive marketing calls and text messages from ${name}.`;
  const given_at = new Date(ctx.now().getTime() - daysAgo * DAY_MS);
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
      consents: [{ type: 'tcpa-express-consent', text, given_at }],
    },
  });
  return certificate._id;
}
