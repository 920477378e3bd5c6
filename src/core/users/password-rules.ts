import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { invalid } from '../../errors';

/** 0 to 4; 3 takes 10^8 guesses or more. */
const MIN_SCORE = 3;
/** What comes after adds nothing to a score, but costs time. */
const MAX_SCORED_CHARACTERS = 64;

let estimator: ZxcvbnFactory | undefined;

/**
 * Holds a new password to the rules: neither a common one nor the person's own email, nor easy to
 * derive from either. Passwords that are in use already are never held to them.
 * @param password of an allowed length
 * @param path of the field, for the refusal
 * @throws AppError invalid_request naming the field
 */
export function assertHardToGuess({
  password,
  email,
  path = 'password',
}: {
  password: string;
  email: string;
  path?: string;
}): void {
  // Made when first needed: it takes a tenth of a second.
  estimator ??= new ZxcvbnFactory({
    dictionary,
    graphs: adjacencyGraphs,
    maxLength: MAX_SCORED_CHARACTERS,
  });
  const [name = ''] = email.split('@');
  const parts = [
    email,
    name,
    name.replace(/[^a-z0-9]/gi, ''),
    ...email.split(/[@._+-]/),
    'rescind',
  ];
  const own = parts.filter((part) => part.length > 2);
  if (contains(password, email) || estimator.check(password, own).score < MIN_SCORE) {
    throw invalid(path, 'is easy to guess: take a few unrelated words');
  }
}

function contains(password: string, email: string): boolean {
  return password.normalize('NFKC').toLowerCase().includes(email.toLowerCase());
}
