import type { Job as AgendaJob } from 'agenda'
import type { TaskDefinition } from './definition'
import type { RunningJob } from './ending'
import { asError, storeError } from './failure'
import type { JobData } from './job'
import { fromStored, toStored } from './values'

/**
 * The processor that Agenda calls for a task: calls its function with the job's arguments, and
 * leaves with the job how that ended.
 *
 * @param run runs the function with the application as the current one
 */
export function processor(task: TaskDefinition, run: <R>(fn: () => R) => R) {
  // Agenda takes a function of two parameters for callback style, so this one must have one.
  return async (job: AgendaJob): Promise<void> => {
    const attrs = job.attrs as RunningJob
    try {
      const args = (attrs.data as JobData).args.map(fromStored)
      const value = await run(() => task.fn(...(args as never[])))
      const result = value === undefined ? undefined : toStored(value, `the result of ${task.name}`)
      attrs.ending = { state: 'SUCCESS', result }
    } catch (thrown) {
      const error = asError(thrown)
      attrs.ending = { state: 'FAILURE', error: storeError(error) }
      throw error
    }
  }
}
