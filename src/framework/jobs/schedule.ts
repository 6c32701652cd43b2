import ms from 'ms'
import { ScheduleError } from '../errors'

/** A number of milliseconds, or text such as `'90 s'`, `'5 minutes'`, `'2 days'`. */
export type Duration = number | string

const aDuration = "milliseconds, not negative, or a duration such as '5 minutes'"
const anInterval =
  "milliseconds, a duration such as '5 minutes', or a cron expression such as '0 3 * * *'"

/**
 * Milliseconds of a duration.
 *
 * @throws ScheduleError for negative or unreadable ones
 */
export function milliseconds(duration: Duration, expected = aDuration): number {
  const value = typeof duration === 'string' ? readDuration(duration) : duration
  if (Number.isFinite(value) && value >= 0) return Math.round(value)
  throw new ScheduleError(expected, duration)
}

// ms() reads a number without a unit as milliseconds; in text that is more likely a slip.
function readDuration(text: string): number {
  return /[a-z]\s*$/i.test(text) ? (ms(text as ms.StringValue) ?? Number.NaN) : Number.NaN
}

/**
 * The moment `when` means.
 *
 * @throws ScheduleError when it is no valid Date
 */
export function moment(when: Date): Date {
  if (when instanceof Date && !Number.isNaN(when.getTime())) return when
  throw new ScheduleError("a valid Date, as in new Date('2027-01-01')", when)
}

/**
 * An interval as Agenda takes it: milliseconds, or a cron expression of five or six fields.
 *
 * @throws ScheduleError when the text is neither
 */
export function interval(every: Duration): number | string {
  if (typeof every === 'string' && every.trim().split(/\s+/).length >= 5) return cron(every)
  const length = milliseconds(every, anInterval)
  if (length > 0) return length
  throw new ScheduleError('an interval longer than nothing', every)
}

function cron(expression: string): string {
  const { CronExpressionParser } = require('cron-parser') as typeof import('cron-parser')
  try {
    CronExpressionParser.parse(expression)
    return expression
  } catch {
    throw new ScheduleError(anInterval, expression)
  }
}
