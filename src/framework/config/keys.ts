import type { SettingProblem } from '../errors'

/** A problem for each key that is none of `known`; it names the known key that is nearest. */
export function checkKeys(keys: readonly string[], known: readonly string[]): SettingProblem[] {
  return keys
    .filter((key) => !known.includes(key))
    .map((key) => ({
      key,
      seen: 'a key that nothing reads',
      expected: `a known key; the nearest is ${nearest(key, known)}`,
    }))
}

/** The one of `words` that is most like `word`; the word itself when there are none. */
export function nearest(word: string, words: readonly string[]): string {
  const byDistance = words.map((other) => [distance(word, other), other] as const)
  return byDistance.sort(([a], [b]) => a - b)[0]?.[1] ?? word
}

/** Levenshtein distance: how many letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
