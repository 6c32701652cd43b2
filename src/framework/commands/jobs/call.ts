import { nearest } from '../../config'
import { UnknownTaskError } from '../../errors'
import type { Queue, TaskDefinition } from '../../jobs'
import type { Priority } from '../../jobs/definition'
import { type Answer, shown } from '../answer'
import { record } from './record'

/** When and how a task is called, and for how long its result is waited for. */
export interface CallOptions {
  /** How long to wait before it runs, in ms. */
  readonly in?: number
  readonly at?: Date
  readonly priority?: Priority
  /** In ms; true for as long as it takes. Default: it is not waited for. */
  readonly wait?: number | true
}

/**
 * Sends a job, and waits for its result when that is asked for.
 *
 * @param task the task's full name
 * @param say told the job's id when its result is waited for
 * @throws UnknownTaskError, TaskArgumentsError, NotStorableError, StoreUnavailableError, and what
 *   `Job.result` throws
 */
export async function call(
  queue: Queue,
  [task, args]: [string, readonly unknown[]],
  { in: delay = 0, at = new Date(Date.now() + delay), priority, wait }: CallOptions,
  say: (line: string) => void,
): Promise<Answer> {
  const options = priority === undefined ? {} : { priority }
  const [job] = await queue.send(taskNamed(queue, task), [args], at, options)
  if (!job) throw new Error(`A job of ${task} was sent, but the store has not said its id.`)
  if (wait === undefined) return { text: () => job.id, json: record(job) }
  say(`Sent ${task}[${job.id}].`)
  const value: unknown = await job.result(wait === true ? {} : { timeout: wait })
  return { text: (width) => shown(value, width), json: record(job) }
}

function taskNamed(queue: Queue, name: string): TaskDefinition {
  const { tasks } = queue
  const found = tasks.find((task) => task.name === name)
  if (found) return found
  const names = tasks.map((task) => task.name)
  throw new UnknownTaskError(name, names.length > 0 ? nearest(name, names) : undefined)
}
