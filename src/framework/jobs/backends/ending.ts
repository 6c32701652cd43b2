import type { Ending, JobState } from '../results'
import type { ClaimedJob } from './contract'

/** When a job is due again after a run that ended so; null when it is not. */
export function nextRun({ following }: Pick<ClaimedJob, 'following'>, ending: Ending): Date | null {
  if (ending.state === 'RETRY') return ending.at
  return ending.state === 'REVOKED' ? null : following
}

/** An ending as a store takes it, result and error as JSON; what is not there is left out. */
export function endingFields(ending: Ending): { state: JobState; result?: string; error?: string } {
  const { state } = ending
  if ('error' in ending) return { state, error: JSON.stringify(ending.error) }
  if (!('result' in ending) || ending.result === undefined) return { state }
  return { state, result: JSON.stringify(ending.result) }
}
