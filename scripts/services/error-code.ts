/** Whether `error` is a system error with this code, such as ENOENT. Not `instanceof`: under jest errors of the system belong to another realm. */
export function isErrorCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
