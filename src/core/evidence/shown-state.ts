import { createHash } from 'node:crypto';
import type { Certificate } from '../../store/certificates';

/** What of a certificate can change and is shown in its evidence: another state, another file. */
export function stateOf(certificate: Certificate): string {
  const { opt_out, data, retained_until, session_retained_until } = certificate;
  const { recording_cleaned_at = null, cleaned_at } = certificate;
  const shown = [opt_out, data, retained_until, session_retained_until];
  return createHash('sha256')
    .update(JSON.stringify([...shown, recording_cleaned_at, cleaned_at]))
    .digest('base64url');
}
