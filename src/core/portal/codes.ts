import { randomInt } from 'node:crypto';
import type { Context } from '../../context';
import { errorForLog } from '../../telemetry/logger';
import type { CodeSender, Message } from '../messages/sender';
import { hasConsents } from './find-consents';
import type { PersonIdentifier } from './identifier';

const CODE_DIGITS = 6;
const CODE_LIFE_MS = 10 * 60_000;
const MAX_TRIES = 5;

/**
 * Makes a code, and sends it if there is any consent for it to reveal. The look-up and the sending
 * continue after this returns, so that its duration does not give away who is known.
 * @param write writes the message around the code
 */
export async function requestCode({
  ctx,
  sender,
  identifier,
  requestId,
  write,
}: {
  ctx: Context;
  sender: CodeSender;
  identifier: PersonIdentifier;
  requestId: string;
  write: (code: string) => Omit<Message, 'to'>;
}): Promise<void> {
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  await ctx.store.portal.insertCode({
    _id: requestId,
    code_hash: ctx.identifiers.current('portal-code', `${requestId}\0${code}`),
    tries: 0,
    expires_at: new Date(Date.now() + CODE_LIFE_MS),
  });
  const send = async () => {
    if (!(await hasConsents({ ctx, identifier }))) return;
    await sender.send({ to: identifier, ...write(code) });
  };
  void send().catch((error: unknown) => {
    ctx.log.error({ error: errorForLog(error) }, 'a code could not be sent');
  });
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
  const stored = await ctx.store.portal.useTry(requestId, MAX_TRIES, new Date());
  if (!stored) return 'over';
  const digits = code.replace(/\D/g, '');
  const right = ctx.identifiers
    .all('portal-code', `${requestId}\0${digits}`)
    .includes(stored.code_hash);
  if (!right) return stored.tries >= MAX_TRIES ? 'over' : 'wrong';
  await ctx.store.portal.removeCode(requestId);
  return 'right';
}
