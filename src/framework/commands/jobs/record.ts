import type { Job } from '../../jobs'
import { brief } from '../answer'

/** A job as programs read it: every key is always there, null where nothing is known. */
export function record(job: Job<unknown>): Record<string, unknown> {
  const { id, name: task, args, state, attempts, priority, paused, error } = job
  return {
    ...{ id, task, args, state, attempts, priority, paused },
    progress: job.progress ?? null,
    sentAt: job.sentAt ?? null,
    scheduledFor: job.scheduledFor ?? null,
    startedAt: job.startedAt ?? null,
    finishedAt: job.finishedAt ?? null,
    worker: job.worker ?? null,
    repeats: job.repeats ?? null,
    timezone: job.timezone ?? null,
    result: job.value ?? null,
    error: error ? { name: error.name, message: error.message, stack: error.stack } : null,
  }
}

/** What a job calls, as in `users.divide(1, 2)`. */
export function called({ name, args }: Job<unknown>): string {
  return `${name}(${args.map(brief).join(', ')})`
}
