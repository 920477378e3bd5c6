import type { Channel } from '../../../store/certificates';
import { type Scrub, CONTACT_REASONS } from '../../../store/batch-scrub';

/** What is asked about each row of a scrub's file. */
export interface Asked {
  /** Default: every channel. */
  channel?: Channel | undefined;
  /** Default: any. */
  consentType?: string | undefined;
}

/** A scrub of which nothing has been read. */
export function newScrub({ channel, consentType }: Asked): Scrub {
  return {
    channel: channel ?? null,
    consent_type: consentType ?? null,
    row_fee_microusd: null,
    rows_payable: null,
    reserved_microusd: 0,
    charged_microusd: 0,
    answers: noAnswers(),
    result_bytes: 0,
  };
}

/** No row is answered. */
export function noAnswers(): Scrub['answers'] {
  return Object.fromEntries(CONTACT_REASONS.map((answer) => [answer, 0])) as Scrub['answers'];
}
