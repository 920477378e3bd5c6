import recorded from './examples.json';

/** What a call was sent and what it answered, by status. */
export interface RecordedExample {
  request?: unknown;
  answers: Record<string, unknown>;
}

/** Real calls and answers by operation id, recorded by `npm run openapi:record`. */
export const recordedExamples: Readonly<Record<string, RecordedExample | undefined>> = recorded;
