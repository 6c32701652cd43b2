/** The middle of the values, and the ends. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly p99: number
  readonly max: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { min: at(0), median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN }
}

/** One line: what was measured, its spread, and how it compares with the first line's median. */
export function row(
  name: string,
  unit: string,
  values: readonly number[],
  base?: readonly number[],
): string {
  const { min, median, p99, max } = spread(values)
  const figures = Object.entries({ min, median, p99, max })
    .map(([label, value]) => `${label} ${value.toFixed(value < 100 ? 2 : 0)}`)
    .join('  ')
  const ratio = base ? `  × ${(median / spread(base).median).toFixed(2)}` : ''
  return `  ${name.padEnd(44)} ${figures} ${unit}${ratio}`
}
