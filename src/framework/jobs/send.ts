import type { Knex } from 'knex'
import { SendError, TaskArgumentsError } from '../errors'
import type { JobData, NewJob } from './backends/contract'
import type { Priority, TaskDefinition, UniqueOptions } from './definition'
import { priorityOf } from './options'
import type { Repetition } from './repeat'
import { type Duration, interval, milliseconds } from './schedule'
import { signatureOf } from './signature'
import { type Json, toStored } from './values'

/** How one call of a task is sent, beside what the task's own options say. */
export interface SendOptions {
  readonly priority?: Priority
  /** The time zone of a cron expression, as in `'Europe/Berlin'`. Default: the machine's. */
  readonly timezone?: string
  /** Sends the job only if this transaction commits, of Knex or of Objection. */
  readonly transaction?: Knex.Transaction
}

/**
 * One call of a task as a job that is to be stored.
 *
 * @throws TaskArgumentsError, NotStorableError, SendError
 */
export function newJob(
  id: string,
  task: TaskDefinition,
  args: readonly unknown[],
  nextRunAt: Date,
  options: SendOptions,
): NewJob {
  const stored = storedArguments(task, args)
  return {
    id,
    name: task.name,
    data: { args: stored, sentAt: new Date().toISOString() },
    nextRunAt,
    priority: checkedPriority(task, options),
    unique: uniqueOf(task, args, stored),
  }
}

/**
 * A task that is to run again and again, as it is to be stored.
 *
 * @throws TaskArgumentsError, NotStorableError, ScheduleError
 * @throws SendError in a transaction, which could not take it back
 */
export function newRepetition(
  task: TaskDefinition,
  args: readonly unknown[],
  every: Duration,
  options: SendOptions,
): Repetition {
  const { name } = task
  const { timezone, transaction } = options
  if (transaction) {
    const hint = 'Declare the repetition when the transaction has ended.'
    throw new SendError(name, 'a repetition is not part of a transaction', hint)
  }
  return {
    name,
    data: { args: storedArguments(task, args), sentAt: new Date().toISOString() },
    every: interval(every, timezone),
    timezone,
    priority: checkedPriority(task, options),
  }
}

function checkedPriority(task: TaskDefinition, { priority }: SendOptions): number {
  const checked = priorityOf(priority ?? task.options.priority)
  if (Number.isSafeInteger(checked)) return checked
  const hint = "Use a word such as 'high', or a whole number."
  throw new SendError(task.name, `its priority is ${String(priority)}`, hint)
}

function storedArguments(task: TaskDefinition, args: readonly unknown[]): JobData['args'] {
  const { text, parameters, rest } = signatureOf(task.name, task.fn)
  if (args.length < task.fn.length) {
    const missing = parameters.slice(args.length, task.fn.length).join(' and ')
    const problem = `it needs ${task.fn.length} arguments and was given ${args.length}, without ${missing}`
    throw new TaskArgumentsError(text, problem)
  }
  if (args.length > parameters.length && !rest) {
    throw new TaskArgumentsError(
      text,
      `it takes ${parameters.length} arguments and was given ${args.length}`,
    )
  }
  return args.map((arg, index) => toStored(arg, `Argument ${index + 1} of ${task.name}`))
}

function uniqueOf(
  task: TaskDefinition,
  args: readonly unknown[],
  stored: readonly Json[],
): NewJob['unique'] {
  const { unique } = task.options
  if (!unique) return undefined
  const { key, for: time }: UniqueOptions = unique === true ? {} : unique
  const value = key ? toStored(key(...(args as never[])), `The unique key of ${task.name}`) : stored
  return {
    key: `${task.name} ${canonical(value)}`,
    until: time === undefined ? undefined : new Date(Date.now() + milliseconds(time)),
  }
}

/** The same text for equal values, whatever the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
