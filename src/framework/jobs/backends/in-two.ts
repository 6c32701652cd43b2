import type { AgendaBackend, JobRepositoryOptions } from 'agenda'
import type { Results, Step } from '../results'
import type { ClaimedJob } from './contract'
import { refusal } from './refusal'

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
  if (!applied) throw refusal(job, step)
  await repository.saveJobState(job, options)
}

/** A revocation in two commits. Should the process end between them, no worker starts the job. */
export async function revokeInTwo(
  repository: AgendaBackend['repository'],
  results: Results,
  id: string,
  repeats: boolean,
): Promise<boolean> {
  const revoked = (await results.revoke(id, repeats)) || repeats
  if (revoked) await repository.disableJobs({ id })
  return revoked
}
