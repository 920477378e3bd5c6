import type { OpenedEvidence } from '../core/evidence/open-evidence';
import type { Answer } from './answer';

const NOT_IN_NAMES = /[^\w.-]+/g;
const NAME_MAX_CHARACTERS = 80;

/** The headers and bytes of a file of evidence. */
export function evidenceFile(certificateId: string, { bytes, read }: OpenedEvidence) {
  const name = certificateId.replace(NOT_IN_NAMES, '_').slice(0, NAME_MAX_CHARACTERS);
  return {
    headers: {
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; filename="evidence-${name}.zip"`,
      'Content-Length': String(bytes),
      'Cache-Control': 'no-store',
    },
    stream: read,
  } satisfies Partial<Answer>;
}
