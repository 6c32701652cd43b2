import { RetryWish } from './context'
import type { RetryOptions, TaskDefinition } from './definition'
import { milliseconds } from './schedule'

interface Rules {
  readonly times: number
  readonly on: RetryOptions['on'] | undefined
  readonly delay: number
  readonly factor: number
  readonly longest: number
  readonly jitter: boolean
}

/** The retry options of a task with everything filled in. */
export function retryRules({ options }: TaskDefinition): Rules {
  const given = options.retry ?? 0
  const asked = typeof given === 'number' ? { times: given } : given
  const { times, on, delay = 1_000, factor = 2, longest = 600_000, jitter = true } = asked
  const pauses = { delay: milliseconds(delay), longest: milliseconds(longest) }
  return { times, on, factor, jitter, ...pauses }
}

/**
 * How long to wait before the run that follows this error, in ms; undefined when none follows.
 *
 * @param retries how many runs have followed the first so far
 * @param random from 0 to 1
 */
export function retryDelay(
  task: TaskDefinition,
  error: Error,
  retries: number,
  random = Math.random(),
): number | undefined {
  const rules = retryRules(task)
  if (error instanceof RetryWish) {
    // Asked for by the task itself, so also where its options say nothing of retries.
    const times = task.options.retry === undefined ? defaultWishes : rules.times
    return retries < times ? (error.delay ?? pause(rules, retries, random)) : undefined
  }
  const worth = rules.on?.some((kind) => error instanceof kind) ?? true
  return worth && retries < rules.times ? pause(rules, retries, random) : undefined
}

const defaultWishes = 3

// Half of the pause is certain, so that a retry never comes at once.
function pause(rules: Rules, retries: number, random: number): number {
  const whole = Math.min(rules.delay * rules.factor ** retries, rules.longest)
  return Math.round(rules.jitter ? whole / 2 + (whole / 2) * random : whole)
}
