import { inspect } from 'node:util'
import type { TaskDefinition, TaskOptions } from './definition'
import type { Job } from './job'
import { checkOptions } from './options'
import { type Queue, queues } from './queue'
import { type Duration, milliseconds, moment } from './schedule'
import type { SendOptions } from './send'
import { signatureOf } from './signature'

/**
 * A typed function that can also run elsewhere. Called, it runs here like any function; its
 * methods send a job to whatever worker is free.
 */
export interface Task<A extends unknown[], R> {
  (...args: A): R
  /** The task's full name, as in `users.divide`. */
  readonly taskName: string
  readonly definition: TaskDefinition
  /** Sends a job to run at once. */
  now(...args: A): Promise<Job<Awaited<R>>>
  /** Sends a job to run at a moment. */
  at(when: Date, ...args: A): Promise<Job<Awaited<R>>>
  /** Sends a job to run after a while: milliseconds, or text such as `'5 minutes'`. */
  in(delay: Duration, ...args: A): Promise<Job<Awaited<R>>>
  /**
   * Has the task run again and again: now and then each so many milliseconds or `'5 minutes'`, or
   * at the times of a cron expression such as `'0 3 * * *'`. There is one repetition of a task; a
   * second call changes it, and begins it anew when it was revoked.
   */
  every(interval: Duration, ...args: A): Promise<Job<Awaited<R>>>
  /** Sends many jobs to run at once, each with its arguments: `add.nowMany([[1, 2], [3, 4]])`. */
  nowMany<C extends A>(calls: readonly C[]): Promise<Job<Awaited<R>>[]>
  /** The same task, sent in another way: `add.with({ priority: 'high' }).now(1, 2)`. */
  with(options: SendOptions): Task<A, R>
}

/** A task of whatever parameters. */
export type AnyTask = Task<never[], unknown>

/**
 * Declares a task.
 *
 * @param name full and unique, by custom `feature.function`
 * @param fn what it does. Arguments and result must be JSON values or Dates. A parameter that may
 *   be left out needs a default (`y = 0`), since `?` is gone when the program runs.
 * @returns the function itself, able to be sent. Imported, it acts on the application that serves
 *   the current request or job, else on the one created last.
 */
export function task<F extends CallableFunction>(
  name: string,
  fn: F,
  options: OptionsOf<F> = {} as OptionsOf<F>,
): TaskOf<F> {
  const run = fn as unknown as TaskDefinition['fn']
  const definition: TaskDefinition = { name, fn: run, options: options as TaskOptions }
  const call = (...args: never[]) => run(...args)
  checkOptions(definition)
  return sendable(definition, call, () => queues.get(`The task ${name}`)) as TaskOf<F>
}

type OptionsOf<F> = F extends (...args: infer A) => unknown ? TaskOptions<A> : TaskOptions

// Inferred from the whole function: with a signature to be matched, the type of a parameter that
// has only a default would be lost.
type TaskOf<F> = F extends (...args: infer A) => infer R ? Task<A, R> : never

/** The same task acting on one application's queue, whatever else is open. */
export function bindTask(unbound: AnyTask, queue: Queue): AnyTask {
  const { definition } = unbound
  const call = (...args: never[]) => queue.run(() => definition.fn(...args))
  return sendable(definition, call, () => queue) as AnyTask
}

function sendable<A extends unknown[], R>(
  definition: TaskDefinition,
  call: (...args: A) => R,
  queue: () => Queue,
  how: SendOptions = {},
): Task<A, R> {
  const send = async (at: Date, args: A) => first(await queue().send(definition, [args], at, how))
  const methods: Omit<Task<A, R>, never> = {
    taskName: definition.name,
    definition,
    now: (...args) => send(new Date(), args),
    at: async (when, ...args) => send(moment(when), args),
    in: async (delay, ...args) => send(new Date(Date.now() + milliseconds(delay)), args),
    every: async (interval, ...args) => queue().repeat(definition, args, interval, how),
    nowMany: async (calls) => queue().send(definition, calls, new Date(), how),
    with: (more) => sendable(definition, (...args) => call(...args), queue, { ...how, ...more }),
  }
  Object.defineProperty(call, 'name', { value: definition.name })
  const shown = () => `[Task: ${signatureOf(definition.name, definition.fn).text}]`
  Object.defineProperty(call, inspect.custom, { value: shown })
  return Object.assign(call, methods) as Task<A, R>
}

function first<T>(list: readonly T[]): T {
  return list[0] as T
}
