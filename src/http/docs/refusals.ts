import { CATALOGUE, type ErrorCode } from '../../errors';
import { attestrRefusal } from '../attestr/errors';
import { baanxStatus } from '../baanx/errors';
import type { Advice, docs } from '../pages/texts/en-docs';

/** A refusal: how each dialect tells it, what it means and what to do. */
export interface RefusalRow {
  code: ErrorCode;
  status: number;
  econsent: string | null;
  attestr: string | null;
  baanx: string | null;
  meaning: string;
  advice: string;
  retryable: boolean;
}

/** Every refusal that callers of an API can get, by status. */
export function refusalRows(advice: typeof docs.advice): RefusalRow[] {
  return (Object.keys(CATALOGUE) as ErrorCode[])
    .flatMap((code) => {
      const told: Advice | null = advice[code];
      return told ? [rowOf(code, told)] : [];
    })
    .sort((a, b) => a.status - b.status);
}

function rowOf(code: ErrorCode, { by, todo }: Advice): RefusalRow {
  const [status, meaning, retryable] = CATALOGUE[code];
  const { httpStatusCode, code: numeric } = attestrRefusal(code);
  const low = code === 'insufficient_balance' ? ', code 4005' : '';
  return {
    code,
    status,
    econsent: by.includes('econsent') ? `${String(status)}${low}` : null,
    attestr: by.includes('attestr') ? `${String(httpStatusCode)}, code ${String(numeric)}` : null,
    baanx: by.includes('baanx') ? String(baanxStatus(code)) : null,
    meaning,
    advice: todo,
    retryable,
  };
}
