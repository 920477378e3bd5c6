const SMALL = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen',
  'sixteen seventeen eighteen nineteen',
]
  .join(' ')
  .split(' ');
const TENS = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const LARGE = [
  [1_000_000_000, 'billion'],
  [1_000_000, 'million'],
  [1_000, 'thousand'],
  [100, 'hundred'],
] as const;

/** A whole number in English words, `twelve thousand five hundred`; at most 999,999,999,999. */
export function inWords(value: number): string {
  for (const [unit, name] of LARGE) {
    if (value < unit) continue;
    const rest = value % unit;
    const whole = `${inWords(Math.floor(value / unit))} ${name}`;
    return rest === 0 ? whole : `${whole} ${inWords(rest)}`;
  }
  const small = SMALL[value];
  if (small !== undefined) return small;
  const tens = TENS[Math.floor(value / 10)] ?? '';
  const ones = value % 10;
  return ones === 0 ? tens : `${tens}-${SMALL[ones] ?? ''}`;
}
