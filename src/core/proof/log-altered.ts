/** Something in the log is not what it was when it was recorded; the message says what, and where. */
export class LogAltered extends Error {}

/** A record as messages name it: `record 12 (certificate.revoked, 2026-11-27T09:00:00.000Z)`. */
export function nameOfRecord(index: number, text: string): string {
  return `record ${String(index)}${whatItSays(text)}`;
}

/** Whoever edits a record may leave no JSON. */
function whatItSays(text: string): string {
  try {
    const content = JSON.parse(text) as Partial<Record<'event_type' | 'event_time', unknown>>;
    return ` (${String(content.event_type)}, ${String(content.event_time)})`;
  } catch {
    return '';
  }
}
