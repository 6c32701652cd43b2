import type { Events } from '../events'
import type { ClaimedJob } from './backends/contract'
import { reviveError } from './failure'
import type { Ending } from './results'
import { fromStored } from './values'

/** Tells the listeners of this process how a run ended. */
export function announceEnd(events: Events, job: ClaimedJob, ending: Ending, at: Date): void {
  const seconds = (at.getTime() - (job.lastRunAt?.getTime() ?? at.getTime())) / 1_000
  const about = { id: String(job._id), name: job.name, seconds }
  if (ending.state === 'SUCCESS') {
    const result = ending.result === undefined ? undefined : fromStored(ending.result)
    events.emit('job.succeeded', { ...about, result })
  } else if (ending.state === 'FAILURE') {
    events.emit('job.failed', { ...about, error: reviveError(ending.error) })
  } else if (ending.state === 'RETRY') {
    events.emit('job.retried', { ...about, error: reviveError(ending.error), at: ending.at })
  } else {
    events.emit('job.revoked', { id: about.id, name: job.name })
  }
}
