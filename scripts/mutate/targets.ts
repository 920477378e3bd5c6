/**
 * The folders of `src/core` that can be mutated, and the tests that have to notice: their own, and of
 * the dialects where these are a folder's only callers.
 */
export const TARGETS: Record<string, string[]> = {
  verification: ['core/verification'],
  wallet: ['core/wallet'],
  idempotency: ['core/idempotency'],
  revocations: ['core/revocations', 'core/audit/entry-bounds'],
  cleanup: ['core/cleanup', 'core/consents/clean-up'],
  batches: ['core/batches', 'http/econsent/batches', 'http/econsent/csv', 'workers/file-turns'],
  consents: ['core/consents', 'http/attestr', 'http/baanx'],
};
