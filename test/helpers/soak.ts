/** The size of a long test: `suite` in every run, `soak` in `npm run soak`. */
export function sized(sizes: { suite: number; soak: number }): number {
  return process.env.SOAK === 'true' ? sizes.soak : sizes.suite;
}
