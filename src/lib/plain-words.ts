import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a time',
};

const FORMATS: Record<string, string> = {
  datetime: 'a time in ISO 8601 with its offset, such as 2026-01-31T12:00:00Z',
  date: 'a date such as 2026-01-31',
  email: 'an email address',
  url: 'a URL',
};

/**
 * Says what is wrong with a value in words for people who have never heard of zod: `is required`,
 * `must be a text`. For `safeParse`; a schema's own message comes first. Never repeats the value.
 */
export function plainWords(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return `must be ${KINDS[issue.expected] ?? 'of another kind'}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ? `must be ${FORMATS[issue.format]}` : 'has the wrong form';
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
      return `must ${size(issue.origin, 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${size(issue.origin, 'at most', issue.maximum)}`;
    case 'invalid_union':
      return issue.input === undefined ? 'is required' : 'is of a kind that is not taken here';
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      // Refinements have words of their own, and no schema of ours leads to the others.
      return undefined;
  }
}

const COUNTED: Record<string, string> = { string: 'characters', array: 'items' };

function size(origin: string, bound: string, count: number | bigint): string {
  const counted = COUNTED[origin];
  if (counted === undefined) return `be ${bound} ${String(count)}`;
  return `have ${bound} ${String(count)} ${count === 1 ? counted.slice(0, -1) : counted}`;
}
