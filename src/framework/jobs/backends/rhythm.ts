import type { JobParameters } from 'agenda'

/** What decides when a repeated job is due, as text that is the same for the same rhythm. */
export function rhythmOf(job: Partial<JobParameters>): string {
  const { repeatInterval, repeatTimezone, repeatAt, startDate, endDate, skipDays } = job
  const parts = [repeatTimezone, repeatAt, startDate, endDate, skipDays]
  return JSON.stringify([String(repeatInterval), ...parts.map((part) => part ?? null)])
}
