import type { Context } from '../../src/context';
import { ensurePeople, ensureToken, keptPassword, newPassword } from './credentials';
import { USER_EMAIL } from './company';
import { ensureCertificate, ensureProperty } from './first-call';
import { makePast } from './make-past';
import { COMPANY_ID } from './past';
import { writePast } from './write-past';

/** What a newcomer needs for a first call: all of it works at this moment. */
export interface Demo {
  company_id: string;
  property_id: string;
  /** Null: it was shown when the company was made, and only its hash is known. */
  token: string | null;
  certificate_id: string;
  /** Admin of the dashboard. */
  user_email: string;
  /** Null: somebody has chosen another one, or it was shown when the company was made. */
  user_password: string | null;
  /** May look only; null unless the password is theirs, too. */
  viewer_email: string | null;
  consent: string;
}

/**
 * Makes the demo company when the database holds no company at all, and finds it otherwise. What no longer
 * works is replaced: a token, property or certificate that was revoked.
 * @param dir where token and password are kept from start to start; null: nowhere
 * @returns null when there are companies, but not this one
 */
export async function ensureDemoCompany({
  ctx,
  dir,
}: {
  ctx: Context;
  dir: string | null;
}): Promise<Demo | null> {
  const { companies } = ctx.store;
  const kept = dir === null ? null : await keptPassword(dir);
  const made = (await companies.isEmpty()) ? await make(ctx, kept ?? newPassword()) : null;
  if (made === null && !(await companies.find(COMPANY_ID))) return null;
  const property_id = await ensureProperty({ ctx });
  const certificate = await ensureCertificate({ ctx, propertyId: property_id });
  const people = await ensurePeople({ ctx, password: made ?? kept });
  return {
    company_id: COMPANY_ID,
    property_id,
    token: dir !== null || made !== null ? await ensureToken({ ctx, dir }) : null,
    certificate_id: certificate._id,
    user_email: USER_EMAIL,
    ...people,
    consent: certificate.consents[0]?.text ?? '',
  };
}

/** The password of its people; null when another machine was faster. */
async function make(ctx: Context, password: string): Promise<string | null> {
  const past = await makePast({ ctx, password });
  return (await writePast({ ctx, past })) ? password : null;
}
