import { randomInt } from 'node:crypto';
import type { Context } from '../../context';

/** How many there are at first. */
export const RECOVERY_CODES = 10;
/** Without letters that read like digits, or like each other. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const [GROUPS, GROUP_CHARACTERS] = [3, 4];
const FORM = new RegExp(`^[${ALPHABET}]{${String(GROUPS * GROUP_CHARACTERS)}}$`);
const PURPOSE = 'recovery_code';

/** New codes such as `3kd7-w0mz-x9ra`, of 60 random bits each. */
export function newRecoveryCodes(): string[] {
  const group = () =>
    Array.from({ length: GROUP_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: GROUPS }, group).join('-'),
  );
}

/** A code as it was typed, without what people add or confuse; null: it cannot be one. */
export function readRecoveryCode(typed: string): string | null {
  const code = typed
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/[il]/g, '1')
    .replaceAll('o', '0');
  return FORM.test(code) ? code : null;
}

/** The form in which codes are stored: hashed under a key that is not in the database. */
export function hashRecoveryCodes({
  ctx,
  account,
  codes,
}: {
  ctx: Context;
  account: string;
  codes: string[];
}): string[] {
  return codes.map((code) => ctx.identifiers.current(PURPOSE, valueOf(account, code)));
}

/** What to look for: the hash under every key. */
export function hashesOfRecoveryCode({
  ctx,
  account,
  code,
}: {
  ctx: Context;
  account: string;
  code: string;
}): string[] {
  return ctx.identifiers.all(PURPOSE, valueOf(account, code));
}

function valueOf(account: string, code: string): string {
  return `${account}\0${readRecoveryCode(code) ?? ''}`;
}
