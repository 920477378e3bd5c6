import type { z } from 'zod';

/** What to say beside each wrong field. */
export function wrongFields(
  { issues }: z.ZodError,
  words: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    issues.map(({ path, message }) => {
      const name = String(path[0]);
      return [name, words[name] ?? message];
    }),
  );
}
