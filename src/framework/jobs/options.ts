import { TaskOptionsError } from '../errors'
import { type Priority, priorities, type TaskDefinition } from './definition'
import { retryRules } from './retry'
import { milliseconds } from './schedule'

/** A priority as a number; more goes first. */
export function priorityOf(priority: Priority = 'normal'): number {
  return typeof priority === 'string' ? priorities[priority] : priority
}

/**
 * Whether the options of a task can be used, whatever the job store.
 *
 * @throws TaskOptionsError, ScheduleError
 */
export function checkOptions(task: TaskDefinition): void {
  const { name, options } = task
  const { concurrency, softTimeLimit, timeLimit, isolate } = options
  const rules = retryRules(task)
  refuse(name, concurrency !== undefined && !isCount(concurrency, 1), 'concurrency', concurrency)
  refuse(name, !isCount(rules.times, 0), 'retry.times', rules.times)
  refuse(name, !(rules.factor >= 1), 'retry.factor', rules.factor)
  refuse(name, !Number.isInteger(priorityOf(options.priority)), 'priority', options.priority)
  if (isolate === false && timeLimit !== undefined) {
    const hint = 'Leave isolate out: a timeLimit implies it.'
    throw new TaskOptionsError(name, 'only an isolated task can be stopped by a timeLimit', hint)
  }
  const [soft, hard] = [softTimeLimit, timeLimit].map((limit) => limit && milliseconds(limit))
  if (soft && hard && soft >= hard) {
    throw new TaskOptionsError(name, 'its softTimeLimit must be shorter than its timeLimit')
  }
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least
}

function refuse(name: string, bad: boolean, option: string, seen: unknown): void {
  if (bad) throw new TaskOptionsError(name, `${option} is ${String(seen)}`)
}

/** Whether a task runs in a thread of its own. */
export function isIsolated({ options }: TaskDefinition): boolean {
  return options.isolate === true || options.timeLimit !== undefined
}
