import { InvalidArgumentError } from 'commander'
import { AtelierError } from '../errors'
import { type JobState, jobStates } from '../jobs'
import { type Priority, priorities } from '../jobs/definition'
import { milliseconds } from '../jobs/schedule'

const isoMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/

// Each reads one word of a command line, and throws InvalidArgumentError when it cannot.

/** An argument of a task: the value when the word is JSON, else the word itself as text. */
export function argument(word: string): unknown {
  try {
    return JSON.parse(word) as unknown
  } catch {
    return word
  }
}

/** A whole number, not negative. */
export function count(word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word)
  throw new InvalidArgumentError('Expected a whole number, not negative.')
}

/** Milliseconds, of a number of them or of a duration such as `5 minutes`. */
export function duration(word: string): number {
  try {
    return milliseconds(/^\d+$/.test(word) ? Number(word) : word)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof AtelierError ? error.message : String(error))
  }
}

/** A date with a time in ISO 8601; without a zone it is this machine's. */
export function moment(word: string): Date {
  const when = new Date(isoMoment.test(word) && isDay(word.slice(0, 10)) ? word : Number.NaN)
  if (!Number.isNaN(when.getTime())) return when
  throw new InvalidArgumentError('Expected a date with a time, as in 2027-01-31T08:00 or …T08:00Z.')
}

// Date takes 30 February for 2 March.
function isDay(day: string): boolean {
  const date = new Date(day)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** One of Agenda's words, or a whole number. */
export function priority(word: string): Priority {
  if (Object.hasOwn(priorities, word)) return word as Priority
  if (/^[+-]?\d{1,9}$/.test(word)) return Number(word)
  const words = Object.keys(priorities).join(', ')
  throw new InvalidArgumentError(`Expected a whole number or one of ${words}.`)
}

/** A state of a job, in letters of any size. */
export function state(word: string): JobState {
  return oneOf(word, jobStates)
}

/** A state in which a job has ended. */
export function endedState(word: string): JobState {
  return oneOf(word, ['SUCCESS', 'FAILURE', 'REVOKED'])
}

function oneOf(word: string, states: readonly JobState[]): JobState {
  const found = states.find((each) => each === word.toUpperCase())
  if (found) return found
  throw new InvalidArgumentError(`Expected one of ${states.join(', ')}.`)
}
