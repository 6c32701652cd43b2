import type { JobParameters } from 'agenda'
import ms from 'ms'
import { ScheduleError } from '../errors'

/** A number of milliseconds, or text such as `'90 s'`, `'5 minutes'`, `'2 days'`. */
export type Duration = number | string

// Three thousand years: what is longer leads to no date.
const longest = 1e14
const aDuration = "milliseconds, not negative, or a duration such as '5 minutes'"
const anInterval =
  "milliseconds, a duration such as '5 minutes', or a cron expression such as '0 3 * * *'"

/**
 * Milliseconds of a duration.
 *
 * @throws ScheduleError for negative, unreadable or endless ones
 */
export function milliseconds(duration: Duration, expected = aDuration): number {
  const value = typeof duration === 'string' ? readDuration(duration) : duration
  if (value >= 0 && value <= longest) return Math.round(value)
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
 * @param timezone of a cron expression
 * @throws ScheduleError when the text is neither
 */
export function interval(every: Duration, timezone?: string): number | string {
  if (typeof every === 'string' && every.trim().split(/\s+/).length >= 5) {
    return cron(every, timezone)
  }
  const length = milliseconds(every, anInterval)
  if (length > 0) return length
  throw new ScheduleError('an interval longer than nothing', every)
}

function cron(expression: string, timezone: string | undefined): string {
  if (timezone !== undefined) checkTimezone(timezone)
  try {
    parseCron(expression, timezone)
    return expression
  } catch {
    throw new ScheduleError(anInterval, expression)
  }
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    throw new ScheduleError("a time zone such as 'Europe/Berlin'", timezone)
  }
}

/**
 * When a job that repeats is due again after a run that began at `begun`. A slot that passed
 * meanwhile is not made up for: the next one is the first after `begun`.
 *
 * @returns null for a job that does not repeat, or whose time is over
 */
export function following(job: JobParameters, begun: Date): Date | null {
  const next = nextOf(job, begun)
  const { startDate, endDate, skipDays, repeatTimezone } = job
  if (!next || !(startDate || endDate || skipDays)) return next
  const { applyAllDateConstraints } = require('agenda') as typeof import('agenda')
  return applyAllDateConstraints(next, {
    ...(startDate && { startDate }),
    ...(endDate && { endDate }),
    ...(skipDays && { skipDays }),
    ...(repeatTimezone && { timezone: repeatTimezone }),
  })
}

function nextOf({ repeatInterval, repeatTimezone }: JobParameters, begun: Date): Date | null {
  if (repeatInterval === undefined || repeatInterval === null) return null
  try {
    const every = interval(numeric(repeatInterval))
    if (typeof every === 'number') return new Date(begun.getTime() + every)
    return parseCron(every, repeatTimezone, begun).next().toDate()
  } catch {
    // Agenda alone takes other words: such a job runs once, and holds up no other.
    return null
  }
}

// A store may keep a number of milliseconds as text.
function numeric(every: Duration): Duration {
  return typeof every === 'string' && /^\d+$/.test(every) ? Number(every) : every
}

function parseCron(expression: string, tz?: string, currentDate = new Date()) {
  const { CronExpressionParser } = require('cron-parser') as typeof import('cron-parser')
  return CronExpressionParser.parse(expression, { currentDate, ...(tz && { tz }) })
}
