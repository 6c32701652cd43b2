import type { JobParameters } from 'agenda'
import type { ClaimedJob, JobStore } from './backends/contract'
import type { Places } from './places'
import { following } from './schedule'

// What is due, but was not to be had, may be in a moment.
const shortestAlarm = 20
const longestAlarm = 60_000

/** What an intake works with. */
export interface IntakeParts {
  readonly store: JobStore
  readonly places: Places
  /** The name under which jobs are claimed. */
  readonly worker: string
  /** Every task of which jobs may be claimed. */
  readonly tasks: readonly string[]
  /** Begins jobs that were claimed. */
  begin(jobs: readonly ClaimedJob[]): void
  /** Takes jobs that were claimed in the moment when the intake was closed. */
  giveBack(jobs: readonly ClaimedJob[]): Promise<void>
  failed(error: unknown): void
}

/**
 * Claims as many jobs as there are places, whenever more may be due: it looks only for tasks that
 * were woken, by somebody who sent a job, by a place that became free, or because it is time.
 */
export class Intake {
  readonly #parts: IntakeParts
  /** The tasks of which more may be due. */
  readonly #awake = new Set<string>()
  #underway: Promise<void> | undefined
  #filling = false
  #alarm: NodeJS.Timeout | undefined
  #closed = false

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Looks for jobs of this task, or of every task. */
  wake(name?: string): void {
    for (const each of name === undefined ? this.#parts.tasks : [name]) this.#awake.add(each)
    this.fill()
  }

  /** Claims what there is room for, once after all that happens in this turn. */
  fill(): void {
    if (this.#closed || this.#filling) return
    this.#filling = true
    this.#underway = this.#fill()
  }

  /** Claims no more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#alarm)
    await this.#underway
  }

  async #fill(): Promise<void> {
    await new Promise<void>((resolve) => process.nextTick(resolve))
    try {
      while (await this.#claim());
    } catch (error) {
      this.#parts.failed(error)
    }
    this.#filling = false
    // What woke up while the last claim was ending.
    if (this.#parts.places.free(this.#awake).size > 0) this.fill()
  }

  /** @returns whether there may be more */
  async #claim(): Promise<boolean> {
    const { store, worker, places, begin, giveBack } = this.#parts
    const tasks = places.free(this.#awake)
    const total = places.left
    if (this.#closed || tasks.size === 0) return false
    for (const name of tasks.keys()) this.#awake.delete(name)
    const jobs = await store.claim({ tasks, total, worker, following })
    if (this.#closed) {
      await giveBack(jobs)
      return false
    }
    begin(jobs)
    const full = jobs.length === total
    for (const [name, asked] of tasks) {
      // Of the others nothing is due now.
      if (full || countOf(jobs, name) === asked) this.#awake.add(name)
    }
    if (!full) await this.#setAlarm()
    return true
  }

  async #setAlarm(): Promise<void> {
    const asleep = this.#parts.tasks.filter((name) => !this.#awake.has(name))
    const next = await this.#parts.store.nextRun(asleep)
    clearTimeout(this.#alarm)
    if (!next || this.#closed) return
    const wait = Math.min(Math.max(next.getTime() - Date.now(), shortestAlarm), longestAlarm)
    this.#alarm = setTimeout(() => this.wake(), wait)
  }
}

function countOf(jobs: readonly JobParameters[], name: string): number {
  return jobs.filter((job) => job.name === name).length
}
