import type { CompanyPrincipal } from '../credentials/authenticate';
import { pause } from '../../lib/pause';
import type { ContactCall } from './contact-call';
import type { CheckCall } from './decide';

/** Who makes a check. */
type Identity = Pick<CompanyPrincipal, 'company' | 'caller' | 'election'>;

/** A call, perhaps of somebody who is still being looked up. */
type Unidentified<Call> = Omit<Call, keyof Identity> & {
  by: Identity | Promise<Identity>;
  /** Whose it is, as far as can be told before: the company or the credentials that were given. */
  sharer: string;
};

/** What is asked about a certificate. */
export type AskedCheck = Unidentified<CheckCall>;
/** What is asked about a contact. */
export type AskedContactCheck = Unidentified<ContactCall>;

/** A check from its arrival on. */
export interface ArrivedCheck {
  asked: AskedCheck | AskedContactCheck;
  /** Once its caller is known, or has been refused. */
  outcome: CheckCall | ContactCall | Error | undefined;
  /** Resolves as soon as `outcome` is there. */
  settled: Promise<void>;
}

/** A group waits no longer for its callers: one who takes longer is put off to a later group. */
const MAX_WAIT_MS = 25;

/** Begins to wait for the caller of a check. */
export function arrive(asked: ArrivedCheck['asked']): ArrivedCheck {
  const arrived: ArrivedCheck = { asked, outcome: undefined, settled: Promise.resolve() };
  const identify = ({ company, caller, election }: Identity): void => {
    arrived.outcome = { ...asked, company, caller, election };
  };
  if (!(asked.by instanceof Promise)) identify(asked.by);
  else {
    arrived.settled = asked.by.then(identify, (error: unknown) => {
      arrived.outcome = error instanceof Error ? error : new Error('a caller was refused');
    });
  }
  return arrived;
}

/** Waits a moment for the callers of checks that are not known yet. */
export async function waitForCallers(checks: ArrivedCheck[]): Promise<void> {
  const open = checks.filter(({ outcome }) => outcome === undefined);
  if (open.length === 0) return;
  const waiting = new AbortController();
  void Promise.all(open.map(({ settled }) => settled)).then(() => {
    waiting.abort();
  });
  await pause(MAX_WAIT_MS, waiting.signal);
}
