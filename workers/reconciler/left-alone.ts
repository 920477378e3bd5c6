/** Younger records are most likely still being handled by the process that wrote them. */
export const LEFT_ALONE_MS = 2_000;

export function ago(ms: number): Date {
  return new Date(Date.now() - ms);
}
