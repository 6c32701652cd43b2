import { setTimeout as sleep } from 'node:timers/promises'

/** What a trial is given. */
export interface Conditions {
  /** A small form that takes some seconds. */
  readonly short: boolean
  /** Empty, and the trial's own. */
  readonly folder: string
  /** What decides everything that is left to chance. */
  readonly seed: number
}

/** How a trial went. */
export interface Verdict {
  readonly figures: string
  /** Each promise that was not kept, as a sentence. */
  readonly broken: readonly string[]
}

/** Starts processes, breaks them, and judges what is left. */
export type Trial = (conditions: Conditions) => Promise<Verdict>

/** The sentences of those promises that are not kept. */
export function brokenOf(promises: Record<string, boolean>): string[] {
  return Object.entries(promises).flatMap(([sentence, kept]) => (kept ? [] : [sentence]))
}

/** Numbers from 0 to 1 that only the seed decides (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Waits until `count` has come to `goal`.
 *
 * @param stall for how many ms nothing may move
 * @returns whether it did; false when nothing moved any more
 */
export async function reached(count: () => number, goal: number, stall: number): Promise<boolean> {
  let last = Number.NaN
  let movedAt = Date.now()
  for (;;) {
    const now = count()
    if (now >= goal) return true
    if (now !== last) movedAt = Date.now()
    else if (Date.now() - movedAt > stall) return false
    last = now
    await sleep(50)
  }
}

/** `12.3 s` or `120 ms`. */
export function span(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
