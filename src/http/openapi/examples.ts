import recorded from './examples.json';

/** What a call was sent, and what it answered by status. */
export interface RecordedExample {
  request?: unknown;
  answers: Record<string, unknown>;
}

/** Real calls and answers by operation id, recorded by `RECORD_EXAMPLES=1 npm test -- test/http/openapi/recorded`. */
export const recordedExamples: Readonly<Record<string, RecordedExample | undefined>> = recorded;
