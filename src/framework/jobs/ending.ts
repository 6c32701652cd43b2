import type { Events } from '../events'
import type { ClaimedJob } from './backends/contract'
import { reviveError } from './failure'
import type { Ending } from './results'
import { fromStored } from './values'

/** A job as it passes through one run: the processor leaves in `ending` how its task ended. */
export type RunningJob = ClaimedJob & { ending?: Ending }

/** How a run ended; one that failed before its task began has only Agenda's words for it. */
export function endingOf(job: RunningJob): Ending {
  if (job.ending) return job.ending
  const message = job.failReason ?? 'The task was not run.'
  return { state: 'FAILURE', error: { name: 'Error', message, stack: message, properties: {} } }
}

/** Tells the listeners of this process how a run ended. */
export function announceEnd(events: Events, job: RunningJob, ending: Ending): void {
  const seconds = ((job.lastFinishedAt?.getTime() ?? 0) - (job.lastRunAt?.getTime() ?? 0)) / 1_000
  const about = { id: String(job._id), name: job.name, seconds }
  if (ending.state === 'FAILURE') {
    events.emit('job.failed', { ...about, error: reviveError(ending.error) })
  } else {
    const result = ending.result === undefined ? undefined : fromStored(ending.result)
    events.emit('job.succeeded', { ...about, result })
  }
}
