import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobNotification } from 'agenda'
import type { Config } from '../config'
import type { Events } from '../events'
import type { ClaimedJob, JobStore, Rescued } from './backends/contract'
import type { Change } from './changes'
import type { TaskDefinition } from './definition'
import { announceEnd } from './ending'
import { Intake } from './intake'
import { isIsolated } from './options'
import { Places } from './places'
import type { Ending } from './results'
import { runHere } from './run'
import { RunningJob } from './running'
import { following } from './schedule'
import { type ThreadSource, Threads } from './threads'

const shortestPause = 100
const longestPause = 2_000
const drainsAtOnce = 100

/** What a runner works with. */
export interface RunnerParts {
  readonly config: Config
  readonly store: JobStore
  readonly events: Events
  /** The name under which it claims jobs. */
  readonly worker: string
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  /** From what a thread makes the application anew; undefined when nobody said so. */
  readonly source: ThreadSource | undefined
  /** Runs a function with the application as the current one. */
  run<R>(fn: () => R): R
}

/**
 * Runs jobs in this process: claims as many as it has places for, runs their tasks, writes how they
 * ended, and fills each place that becomes free at once.
 */
export class Runner {
  readonly #parts: RunnerParts
  readonly #places: Places
  readonly #intake: Intake
  readonly #threads: Threads
  readonly #running = new Map<string, RunningJob>()
  readonly #waiting = new Set<() => void>()
  #endings: (() => unknown)[] = []

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#places = new Places(parts.config, parts.tasks)
    this.#threads = new Threads(parts.source)
    this.#intake = new Intake({
      store: parts.store,
      places: this.#places,
      worker: parts.worker,
      tasks: [...parts.tasks.keys()],
      begin: (jobs) => {
        for (const job of jobs) void this.#run(job)
      },
      giveBack: (jobs) => this.#giveBack(jobs),
      failed: (error) => this.#report(error),
    })
  }

  /** How many jobs run. */
  get size(): number {
    return this.#running.size
  }

  /**
   * Begins to take jobs.
   *
   * @throws StoreUnavailableError
   * @throws TaskOptionsError when a task is isolated and nobody said how a thread gets it
   */
  async start(): Promise<void> {
    const { store, config, tasks } = this.#parts
    const isolated = [...tasks.values()].filter(isIsolated)
    this.#threads.warm(isolated.map((task) => task.name))
    this.#endings.push(() => this.#threads.close())
    this.#endings.push(await store.guard(this.#guarding()))
    if (store.polls) this.#emit('store.polls', { reason: store.polls })
    await store.channel.connect()
    this.#endings.push(store.channel.subscribe((notification) => this.#hear(notification)))
    this.#endings.push(store.follow((changes) => this.#follow(changes)))
    const tick = setInterval(() => this.#intake.wake(), config.AGENDA_PROCESS_EVERY)
    this.#endings.push(() => clearInterval(tick))
    this.#intake.wake()
  }

  /**
   * Runs what is due until nothing is, without becoming a worker. Isolated tasks run here as well.
   *
   * @returns the ids of the jobs that were run, in the order in which they ended
   */
  async drain(): Promise<string[]> {
    const { store, worker, tasks } = this.#parts
    const ended: string[] = []
    const room = new Map([...tasks.keys()].map((name) => [name, drainsAtOnce]))
    const wish = { tasks: room, total: drainsAtOnce, worker, following }
    for (;;) {
      const jobs = await store.claim(wish)
      if (jobs.length === 0) return ended
      const run = async (job: ClaimedJob) => {
        await this.#run(job, (running) => this.#endHere(running))
        ended.push(String(job._id))
      }
      await Promise.all(jobs.map(run))
    }
  }

  /** Takes no more jobs, and resolves when those that run have ended and are saved. */
  async stop(): Promise<void> {
    await this.#intake.close()
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
    await this.#leave()
  }

  /** Gives every job back without waiting for it: what still runs can save no more. */
  async abort(): Promise<void> {
    await this.#intake.close()
    const left = [...this.#running.values()]
    for (const running of left) this.#forget(running)
    await this.#giveBack(left.map(({ job }) => job))
    await this.#leave()
  }

  #guarding() {
    const { config, worker, events } = this.#parts
    return {
      worker: {
        id: worker,
        host: hostname(),
        pid: process.pid,
        concurrency: config.AGENDA_MAX_CONCURRENCY,
        startedAt: new Date(),
      },
      lockLifetime: config.AGENDA_DEFAULT_LOCK_LIFETIME,
      maxCrashes: config.AGENDA_MAX_CRASHES,
      resultExpires: config.AGENDA_RESULT_EXPIRES,
      rescued: (jobs: readonly Rescued[]) => {
        for (const { id, name, state } of jobs) events.emit('job.rescued', { id, name, state })
      },
      failed: (error: Error) => {
        events.emit('store.failed', { error })
      },
    }
  }

  /** What cannot be given back runs again when its lock has expired. */
  async #giveBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return
    try {
      await this.#parts.store.release(jobs)
    } catch (error) {
      return this.#report(error)
    }
    for (const { _id, name } of jobs) this.#emit('job.released', { id: String(_id), name })
  }

  async #leave(): Promise<void> {
    const endings = this.#endings
    this.#endings = []
    for (const end of endings.reverse()) await end()
  }

  #hear({ jobName }: JobNotification): void {
    if (this.#parts.tasks.has(jobName)) this.#intake.wake(jobName)
  }

  #follow(changes: readonly Change[]): void {
    for (const { kind, id } of changes) {
      if (kind === 'terminating') this.#running.get(id)?.revoke()
    }
  }

  async #run(job: ClaimedJob, end = this.#end): Promise<void> {
    const { tasks, store } = this.#parts
    const task = tasks.get(job.name) as TaskDefinition
    const running = new RunningJob(job, task, (percent) => store.progress(job, percent))
    this.#running.set(running.id, running)
    this.#places.take(job.name)
    this.#emit('job.received', { id: running.id, name: job.name })
    this.#emit('job.started', { id: running.id, name: job.name })
    const ending = await end(running)
    running.end()
    const finished = this.#finish(running, ending, new Date())
    // What waits for this place is claimed together with the end of this job.
    this.#places.give(job.name)
    this.#intake.fill()
    await finished
  }

  #end = (running: RunningJob): Promise<Ending> =>
    isIsolated(running.task) ? this.#threads.run(running) : this.#endHere(running)

  #endHere(running: RunningJob): Promise<Ending> {
    running.begin()
    return runHere(running, (fn) => this.#parts.run(fn))
  }

  async #finish(running: RunningJob, ending: Ending, at: Date): Promise<void> {
    const { job, id } = running
    const saved = await this.#save(running, ending, at)
    if (saved) announceEnd(this.#parts.events, job, ending, at)
    else this.#emit('job.lost', { id, name: job.name })
    this.#forget(running)
  }

  /** Tries until it is written or the job is somebody else's: the work behind it is done. */
  async #save(running: RunningJob, ending: Ending, at: Date): Promise<boolean> {
    for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
      if (this.#running.get(running.id) !== running) return false
      try {
        return await this.#parts.store.finish(running.job, ending, at)
      } catch (error) {
        this.#report(error)
      }
      await sleep(pause)
    }
  }

  #forget(running: RunningJob): void {
    if (this.#running.get(running.id) === running) this.#running.delete(running.id)
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #emit: Events['emit'] = (...event) => this.#parts.events.emit(...event)

  #report(error: unknown): void {
    this.#emit('store.failed', { error: this.#parts.store.failure(error) as Error })
  }
}
