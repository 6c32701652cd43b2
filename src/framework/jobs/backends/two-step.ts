import type { AgendaBackend, JobRepositoryOptions } from 'agenda'
import { LockLostError } from '../../errors'
import type { Results, Step } from '../results'
import type { ClaimedJob } from './contract'

/**
 * A save for stores that cannot do it in one commit. The result goes first: should the process end
 * between the two, the job runs again, and nothing is lost.
 */
export async function saveInTwo(
  repository: AgendaBackend['repository'],
  results: Results,
  job: ClaimedJob,
  step: Step,
  options: JobRepositoryOptions | undefined,
): Promise<void> {
  const applied = await results.apply(String(job._id), step)
  if (!applied) throw new LockLostError(job.name, String(job._id))
  await repository.saveJobState(job, options)
}
