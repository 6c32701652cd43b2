import ms from 'ms'
import type { Job } from '../../jobs'

/** For how long, as in `5m`. */
export function span(duration: number): string {
  return duration < 1_000 ? '0s' : ms(duration)
}

/** How long ago, as in `5m ago`. */
export function ago(date: Date, now = Date.now()): string {
  return `${span(now - date.getTime())} ago`
}

/** How far ahead, as in `in 5m`; `now` for what is past. */
export function due(date: Date, now = Date.now()): string {
  return date.getTime() > now ? `in ${span(date.getTime() - now)}` : 'now'
}

/** What happens to a job next, or happened last, and when: as in `due in 5m`. */
export function latest(job: Job<unknown>, now = Date.now()): string {
  const { scheduledFor, startedAt, finishedAt, state, paused } = job
  if (state === 'STARTED') return startedAt ? `began ${ago(startedAt, now)}` : ''
  if (scheduledFor) return paused ? 'paused' : `due ${due(scheduledFor, now)}`
  return finishedAt ? `ended ${ago(finishedAt, now)}` : ''
}

/** A moment in this machine's time, as in `2026-11-25 16:08:33.989`. */
export function exact(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, -1).replace('T', ' ')
}
