import { JobRevokedError } from '../errors'
import type { ClaimedJob, JobData } from './backends/contract'
import { RetryWish, withJob } from './context'
import type { TaskDefinition } from './definition'
import { asError, storeError } from './failure'
import type { Ending } from './results'
import { retryDelay } from './retry'
import type { RunningJob } from './running'
import { fromStored, toStored } from './values'

/**
 * Runs the task of a job in this thread.
 *
 * @param scope runs a function with the application as the current one
 */
export async function runHere(running: RunningJob, scope: <R>(fn: () => R) => R): Promise<Ending> {
  const { task, job, current } = running
  try {
    const args = (job.data as JobData).args.map(fromStored) as never[]
    const call = async () => withJob(current, () => task.fn(...args))
    return success(task, await running.unlessRevoked(scope(call)))
  } catch (thrown) {
    return endingOf(task, job, thrown)
  }
}

/** The work is done: a result that cannot be stored is no reason to do it again. */
function success({ name }: TaskDefinition, value: unknown): Ending {
  try {
    const result = value === undefined ? undefined : toStored(value, `The result of ${name}`)
    return { state: 'SUCCESS', result }
  } catch (error) {
    return { state: 'FAILURE', error: storeError(asError(error)) }
  }
}

/** How a run ends whose task threw, whatever that was. */
export function endingOf(task: TaskDefinition, job: ClaimedJob, thrown: unknown): Ending {
  try {
    return readEnding(task, job, thrown)
  } catch {
    // A getter of it throws, say, or its causes have no end.
    const error = new Error(`The task ${task.name} threw something that cannot be read.`)
    return { state: 'FAILURE', error: storeError(error) }
  }
}

function readEnding(task: TaskDefinition, job: ClaimedJob, thrown: unknown): Ending {
  if (thrown instanceof JobRevokedError && thrown.jobId === String(job._id))
    return { state: 'REVOKED' }
  const error = asError(thrown)
  const delay = retryDelay(task, error, job.retries)
  const told = error instanceof RetryWish && error.cause instanceof Error ? error.cause : error
  const stored = storeError(told)
  return delay === undefined
    ? { state: 'FAILURE', error: stored }
    : { state: 'RETRY', error: stored, at: new Date(Date.now() + delay) }
}
