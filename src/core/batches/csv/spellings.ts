import type { IdentifierColumn, UsedColumn } from '../../../store/batches';

/** Spellings of the columns, without case, accents, spaces, punctuation and words that say whose. */
const SPELLINGS: Record<'email' | 'mobile' | 'certificate_id', string[]> = {
  email: [
    ...['email', 'emailaddress', 'emailid', 'mail', 'emailadresse', 'mailadresse'],
    ...['correo', 'correoelectronico', 'courriel', 'adressemail', 'adresseemail'],
  ],
  mobile: [
    ...['mobile', 'mobilenumber', 'mobileno', 'mobilephone', 'mobilephonenumber', 'phonemobile'],
    ...['phone', 'phonenumber', 'phoneno', 'tel', 'telno', 'telephone', 'telephonenumber'],
    ...['cell', 'cellnumber', 'cellphone', 'cellphonenumber', 'phonecell', 'msisdn', 'sms'],
    ...['telefono', 'celular', 'movil', 'telefon', 'telefonnummer', 'handy', 'handynummer'],
  ],
  certificate_id: ['certificateid', 'certificate', 'certid', 'certificateno', 'certificatenumber'],
};

/** `Email SHA-256` and `sha256_phone_hex` hold hashes of what the rest of the name says. */
const SHA256 = /sha[\s_-]?256/giu;
/** Words that say how such hashes are written, as anybody can see. */
const HASHED = new Set(['hash', 'hashed', 'hex', 'base64', 'b64']);

/** These name an email address only where no other column names anything: they may be postal. */
const PERHAPS_EMAIL = new Set(['address', 'recipient', 'recipientaddress', 'to', 'contact']);

/** Words that say whose it is or which of several, and nothing about what it is. */
const QUALIFIERS = new Set([
  ...['home', 'work', 'business', 'personal', 'private', 'office', 'company', 'day', 'evening'],
  ...['primary', 'secondary', 'main', 'other', 'alternate', 'alternative', 'preferred', 'default'],
  ...[
    'customer',
    'client',
    'consumer',
    'contact',
    'member',
    'subscriber',
    'user',
    'lead',
    'person',
  ],
  ...['recipient', 'your', 'value', 'consent'],
]);

const STATUS = new Set([
  ...['status', 'subscription', 'subscriptionstatus', 'emailstatus', 'mailstatus'],
  ...['optin', 'optinstatus', 'optstatus', 'optedin', 'subscribed', 'consented', 'emailoptin'],
  ...['smsoptin', 'phoneoptin', 'emailmarketingconsent', 'marketingstatus', 'acceptsmarketing'],
]);

/** What such a column says of those who have not opted out. */
const ACTIVE = new Set([
  ...['active', 'activated', 'subscribed', 'optedin', 'optin', 'in', 'yes', 'y', 'true', '1'],
  ...['confirmed', 'consented', 'enabled', 'current', 'granted', 'live'],
]);

/**
 * Columns that say what somebody opts out of. Not the channel that they prefer, or gave consent by:
 * qualifiers are no part of these names.
 */
const CHANNELS = new Set([
  ...['channels', 'channel', 'optoutchannels', 'optoutchannel', 'channelsoptedout'],
  ...['unsubscribechannels', 'unsubscribechannel', 'revokedchannels', 'revokechannels'],
  ...['canales', 'canal', 'canalesdebaja', 'canaldebaja'],
]);

const KIND_OF = new Map<string, keyof typeof SPELLINGS>(
  (Object.keys(SPELLINGS) as (keyof typeof SPELLINGS)[]).flatMap((kind) =>
    SPELLINGS[kind].map((spelling) => [spelling, kind]),
  ),
);

/** What each column of a header holds; undefined: nothing that is used. */
export function kindsOf(
  cells: string[],
  usable: readonly UsedColumn[],
): (IdentifierColumn | undefined)[] {
  const kinds = cells.map((cell) => {
    const kind = kindOf(cell);
    return kind !== undefined && usable.includes(kind) ? kind : undefined;
  });
  if (kinds.some((kind) => kind !== undefined)) return kinds;
  return cells.map((cell) => (PERHAPS_EMAIL.has(words(cell).join('')) ? 'email' : undefined));
}

/** Whether a column of this name may say that somebody has not opted out. */
export function isStatus(cell: string): boolean {
  return STATUS.has(words(cell).join('')) || STATUS.has(unqualified(words(cell)));
}

/** Whether a column of this name says what a row opts out of. */
export function isChannels(cell: string): boolean {
  return CHANNELS.has(words(cell).join(''));
}

/** Whether a cell of a status column says that. */
export function saysActive(cell: string): boolean {
  return cell.length <= 20 && ACTIVE.has(words(cell).join(''));
}

function kindOf(cell: string): IdentifierColumn | undefined {
  const plain = cell.normalize('NFKD');
  const rest = plain.replace(SHA256, ' ');
  if (rest === plain) return plainKindOf(words(cell));
  const kind = plainKindOf(words(rest).filter((word) => !HASHED.has(word)));
  // An id is no secret, and nobody hashes it.
  return kind === 'email' || kind === 'mobile' ? `${kind}_sha256` : undefined;
}

function plainKindOf(name: string[]): keyof typeof SPELLINGS | undefined {
  return KIND_OF.get(name.join('')) ?? KIND_OF.get(unqualified(name));
}

/** `E-mail 1 - Value` is `email`, `Primary Phone` is `phone`. */
function unqualified(name: string[]): string {
  return name
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => !QUALIFIERS.has(word))
    .join('');
}

/** The words of a name, in lower case and without accents: also those of `mobilePhone`. */
function words(cell: string): string[] {
  return cell
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
}
