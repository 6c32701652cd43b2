import type { JobFilter, JobState } from '../../jobs'

/** Which jobs a command means; what is left out does not matter. */
export interface Selection {
  /** The task's full name. */
  readonly task?: string | undefined
  readonly state?: JobState | undefined
}

/** The same for the queue. */
export function filterOf({ task, state }: Selection): JobFilter {
  return { name: task, state }
}
