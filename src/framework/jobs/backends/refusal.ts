import { JobRevokedError, LockLostError } from '../../errors'
import type { Step } from '../results'
import type { ClaimedJob } from './contract'

/** Why a step was refused: only a revocation keeps a claimed job from starting. */
export function refusal(job: ClaimedJob, step: Step): Error {
  const id = String(job._id)
  return step.kind === 'start' ? new JobRevokedError(job.name, id) : new LockLostError(job.name, id)
}
