import { randomInt } from 'node:crypto';
import type { Context } from '../../context';
import { recordMail } from '../messages/record-mail';
import type { Wording } from '../messages/sender';
import type { PersonIdentifier } from './identifier';

const CODE_DIGITS = 6;
const CODE_LIFE_MS = 10 * 60_000;
const MAX_TRIES = 5;

/**
 * Makes a code, and writes down the mail that brings it. Whether there is any consent for it to reveal
 * is looked up where mails are sent: here, known and unknown people are treated alike.
 * @param write writes the mail around the code
 */
export async function requestCode({
  ctx,
  identifier,
  requestId,
  write,
}: {
  ctx: Context;
  identifier: PersonIdentifier;
  requestId: string;
  write: (code: string) => Wording;
}): Promise<void> {
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  const stored = {
    _id: requestId,
    code_hash: ctx.identifiers.current('portal-code', `${requestId}\0${code}`),
    tries: 0,
    expires_at: new Date(ctx.now().getTime() + CODE_LIFE_MS),
  };
  const content = { to: identifier, ...write(code) };
  const mail = { kind: 'code', companyId: null, content, lifeMs: CODE_LIFE_MS } as const;
  const mailId = await ctx.store.transaction(async (session) => {
    await ctx.store.portal.insertCode(stored, session);
    return recordMail({ ctx, session, mail });
  });
  ctx.outbox.recorded('mails', mailId);
}

/** `over`: it has expired, or was tried too often. A right code can be used only once. */
export async function checkCode({
  ctx,
  requestId,
  code,
}: {
  ctx: Context;
  requestId: string;
  code: string;
}): Promise<'right' | 'wrong' | 'over'> {
  const stored = await ctx.store.portal.useTry(requestId, MAX_TRIES, ctx.now());
  if (!stored) return 'over';
  const digits = code.replace(/\D/g, '');
  const right = ctx.identifiers
    .all('portal-code', `${requestId}\0${digits}`)
    .includes(stored.code_hash);
  if (!right) return stored.tries >= MAX_TRIES ? 'over' : 'wrong';
  await ctx.store.portal.removeCode(requestId);
  return 'right';
}
