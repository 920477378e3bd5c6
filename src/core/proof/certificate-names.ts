import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { AuditEntry } from '../../store/audit-entries';
import type { LedgerName } from '../../store/certificates';
import type { Region } from '../../store/regions';
import type { CertificateNames } from './record-of-entry';

/** Certificates whose names are read at once. */
const AT_ONCE = 10_000;

interface Asked {
  ctx: Context;
  region: Region;
  entries: AuditEntry[];
}

/** What the log calls the certificates that entries of a region name, as far as they have a name. */
export async function readNames(asked: Asked): Promise<CertificateNames> {
  const ids = idsIn(asked);
  const names: [string, LedgerName][] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    names.push(...(await asked.ctx.store.certificates.ledgerNames(ids.slice(at, at + AT_ONCE))));
  }
  return new Map(names);
}

/** The same; certificates of earlier releases get a name first. */
export async function giveNames(asked: Asked): Promise<CertificateNames> {
  const names = await readNames(asked);
  const unnamed = idsIn(asked).filter((id) => !names.has(id));
  if (unnamed.length === 0) return names;
  await asked.ctx.store.certificates.nameInLedger(unnamed);
  return readNames(asked);
}

/** Certificates are at home only; elsewhere there are consents. */
function idsIn({ region, entries }: Asked): string[] {
  return region === 'default' ? distinct(entries.flatMap((entry) => entry.certificates)) : [];
}
