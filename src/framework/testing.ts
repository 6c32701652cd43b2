import { deepStrictEqual } from 'node:assert/strict'
import { mock } from 'node:test'
import { inspect } from 'node:util'
import type { Application } from './application'
import type { Duration, Job, Task } from './jobs'
import { milliseconds } from './jobs/schedule'

export { createAll } from './migrations/create-all'

// More jobs than a test of a feature sends.
const enough = 1_000

/**
 * From now on the jobs of this application run at once, in this process, before the call that sends
 * them returns: `await divide.now(1, 2)` brings a handle of a job that has ended.
 */
export function runInline(app: Application): void {
  app.queue.runInline()
}

/**
 * Runs every job that is due, and what these send, until nothing is due. A job that fails does not
 * throw here: its handle says so.
 *
 * @returns the jobs that were run, in the order in which they ended
 */
export function drain(app: Application): Promise<Job<unknown>[]> {
  return app.queue.drain()
}

/**
 * Expects that a job of this task waits, with these arguments when they are given.
 *
 * @returns it
 * @throws AssertionError that lists the jobs of this task which wait
 */
export async function assertEnqueued<A extends unknown[], R>(
  app: Application,
  task: Task<A, R>,
  args?: A,
): Promise<Job<Awaited<R>>> {
  const waiting = await waitingJobs(app, task.taskName)
  const found = args ? waiting.find((job) => isEqual(job.args, args)) : waiting[0]
  if (found) return found as Job<Awaited<R>>
  const seen = waiting.map((job) => `\n  ${task.taskName}(${listed(job.args)})`)
  const wanted = args ? `${task.taskName}(${listed(args)})` : `a job of ${task.taskName}`
  const rest = seen.length > 0 ? `only:${seen.join('')}` : 'no job of it.'
  throw Object.assign(new Error(`Expected ${wanted} to wait, saw ${rest}`), {
    name: 'AssertionError',
  })
}

/**
 * Expects that no job of this task waits.
 *
 * @throws AssertionError that lists those which do
 */
export async function assertNotEnqueued(
  app: Application,
  task: Task<never[], unknown>,
): Promise<void> {
  const waiting = await waitingJobs(app, task.taskName)
  const calls = waiting.map((job) => job.args)
  deepStrictEqual(calls, [], `Expected that no job of ${task.taskName} waits.`)
}

/** A clock that stands still until it is moved. */
export interface FakeClock {
  /** Lets time pass: milliseconds, or text such as `'1 day'`. */
  advance(duration: Duration): void
  /** Goes back to the real time. */
  restore(): void
}

/**
 * Stops the time that `Date` tells, in this process; timers go on. Jobs become due by this clock:
 * `clock.advance('1 day')`, then `await drain(app)`.
 *
 * @param now where it begins. Default: the present
 */
export function fakeClock(now = new Date()): FakeClock {
  mock.timers.enable({ apis: ['Date'], now })
  return {
    advance: (duration) => mock.timers.setTime(Date.now() + milliseconds(duration)),
    restore: () => mock.timers.reset(),
  }
}

async function waitingJobs(app: Application, name: string): Promise<Job<unknown>[]> {
  const page = { limit: enough, offset: 0 }
  const lists = await Promise.all(
    (['PENDING', 'RETRY'] as const).map((state) => app.queue.list({ name, state }, page)),
  )
  return lists.flat()
}

function isEqual(seen: unknown[], wanted: unknown[]): boolean {
  try {
    deepStrictEqual(seen, wanted)
    return true
  } catch {
    return false
  }
}

function listed(args: readonly unknown[]): string {
  return args.map((arg) => inspect(arg)).join(', ')
}
