import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgendaBackend, JobRepositoryOptions } from 'agenda'
import { JobRevokedError, LockLostError } from '../errors'
import type { Events } from '../events'
import { answering } from './backends/answering'
import type { ClaimedJob, JobStore } from './backends/contract'
import { announceEnd, endingOf, type RunningJob } from './ending'
import type { Step } from './results'

type Repository = AgendaBackend['repository']

const shortestPause = 100
const longestPause = 2_000

/**
 * The jobs that this process holds. It stands between Agenda and the store: it sees every claim,
 * start and finish, records them as steps, and can end without leaving a job locked.
 */
export class Claims {
  /** What Agenda is given as its repository. */
  readonly repository: Repository
  readonly #store: JobStore
  readonly #events: Events
  readonly #worker: string
  readonly #held = new Map<string, RunningJob>()
  readonly #begun = new Set<string>()
  readonly #underway = new Set<Promise<unknown>>()
  readonly #waiting = new Set<() => void>()
  #closed = false

  /**
   * @param worker the name under which this process starts jobs
   * @param open opens the store; every call of Agenda waits for it
   */
  constructor(store: JobStore, events: Events, worker: string, open: () => Promise<void>) {
    this.#store = store
    this.#events = events
    this.#worker = worker
    this.repository = answering(store.repository, open, (error) => store.failure(error), {
      getNextJobToRun: (name, _scan, deadline, _now, options) =>
        this.#follow(this.#claim(name, deadline, options)),
      saveJobState: (job, options) => this.#save(job, options),
      unlockJob: (job) => this.#giveBack(this.#find([job._id])),
      unlockJobs: (ids) => this.#giveBack(this.#find(ids)),
    })
  }

  /** How many jobs are held: those that run, and those claimed for the next moment. */
  get size(): number {
    return this.#held.size
  }

  /** From now on nothing more is claimed. */
  close(): void {
    this.#closed = true
  }

  /** Gives back what is claimed but has not begun; resolves when what has begun is saved. */
  async settled(): Promise<void> {
    await this.#giveBack([...this.#held.values()].filter((job) => !this.#hasBegun(job)))
    while (this.#held.size > 0 || this.#underway.size > 0) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** Gives back everything, whether it has begun or not. What still runs can save no more. */
  async release(): Promise<void> {
    await this.#giveBack([...this.#held.values()])
  }

  /** Locks everything that is held anew, in the store and in Agenda's memory. */
  async extend(): Promise<void> {
    const jobs = [...this.#held.values()]
    if (jobs.length === 0) return
    await this.#store.extend(jobs)
    for (const job of jobs) if (job.lockedAt) job.lockedAt = new Date()
  }

  // Agenda would claim what is due within its next look, and keep it in memory until then; a job
  // that outlives its lock there is never run. So only what is due is claimed, and an alarm is set.
  async #claim(
    name: string,
    lockDeadline: Date,
    options: JobRepositoryOptions | undefined,
  ): Promise<ClaimedJob | undefined> {
    if (this.#closed) return undefined
    const now = new Date()
    const { repository } = this.#store
    const job: ClaimedJob | undefined = await repository.getNextJobToRun(
      name,
      now,
      lockDeadline,
      now,
      options,
    )
    if (!job) return this.#setAlarm(name)
    job.claim ??= randomUUID()
    this.#held.set(idOf(job), job)
    if (this.#closed) {
      await this.#giveBack([job])
      return undefined
    }
    this.#events.emit('job.received', { id: idOf(job), name: job.name })
    return job
  }

  async #setAlarm(name: string): Promise<undefined> {
    const next = await this.#store.nextRun(name)
    if (next) this.#store.channel.wakeAt(name, next)
  }

  async #save(job: RunningJob, options: JobRepositoryOptions | undefined): Promise<void> {
    if (!job.claim) return this.#store.repository.saveJobState(job, options)
    if (!job.lockedAt) return this.#follow(this.#finish(job, job.claim, options))
    if (this.#hasBegun(job)) return this.#store.repository.saveJobState(job, options)
    return this.#start(job, job.claim, options)
  }

  async #start(
    job: RunningJob,
    claim: string,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    const id = idOf(job)
    if (!this.#holds(job)) throw new LockLostError(job.name, id)
    // Agenda copies what a claim returns; from here on its copy is the one that counts.
    this.#held.set(id, job)
    this.#begun.add(claim)
    const step: Step = { kind: 'start', claim, worker: this.#worker, at: new Date() }
    try {
      await this.#store.save(job, step, options)
    } catch (error) {
      await this.#giveBack([job])
      if (error instanceof JobRevokedError) await this.#dismiss(job)
      throw error
    }
    this.#events.emit('job.started', { id, name: job.name })
  }

  /** A revoked job whose row was not disabled, because the process that revoked it ended. */
  async #dismiss(job: RunningJob): Promise<void> {
    await this.#store.repository.disableJobs({ id: idOf(job) })
    this.#events.emit('job.revoked', { id: idOf(job), name: job.name })
  }

  async #finish(
    job: RunningJob,
    claim: string,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    const ending = endingOf(job)
    const step: Step = { kind: 'finish', claim, ending, at: job.lastFinishedAt ?? new Date() }
    try {
      await this.#persist(job, () => this.#store.save(job, step, options))
      announceEnd(this.#events, job, ending)
    } catch (error) {
      this.#events.emit('job.lost', { id: idOf(job), name: job.name })
      throw error
    } finally {
      this.#forget(job)
    }
  }

  /** Tries until it is written or the job is somebody else's: the work behind it is done. */
  async #persist(job: RunningJob, write: () => Promise<void>): Promise<void> {
    for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
      if (!this.#holds(job)) throw new LockLostError(job.name, idOf(job))
      try {
        return await write()
      } catch (error) {
        if (error instanceof LockLostError) throw error
        this.#report(error)
      }
      await sleep(pause)
    }
  }

  /**
   * Lets other workers have these jobs. Forgotten first, so that a late end is refused. It does
   * not throw, since Agenda calls it without listening: what is not given back runs again when its
   * lock has expired.
   */
  async #giveBack(jobs: readonly RunningJob[]): Promise<void> {
    if (jobs.length === 0) return
    for (const job of jobs) this.#forget(job)
    try {
      await this.#follow(this.#store.release(jobs))
    } catch (error) {
      return this.#report(error)
    }
    for (const job of jobs) this.#events.emit('job.released', { id: idOf(job), name: job.name })
  }

  #report(error: unknown): void {
    this.#events.emit('store.failed', { error: this.#store.failure(error) as Error })
  }

  /** Counts as not settled until it has ended. */
  #follow<T>(work: Promise<T>): Promise<T> {
    this.#underway.add(work)
    const ended = () => {
      this.#underway.delete(work)
      this.#notify()
    }
    work.then(ended, ended)
    return work
  }

  #find(ids: readonly unknown[]): RunningJob[] {
    return ids.flatMap((id) => this.#held.get(String(id)) ?? [])
  }

  #hasBegun(job: ClaimedJob): boolean {
    return this.#begun.has(job.claim ?? '')
  }

  #holds(job: ClaimedJob): boolean {
    return this.#held.get(idOf(job))?.claim === job.claim
  }

  #forget(job: ClaimedJob): void {
    this.#begun.delete(job.claim ?? '')
    if (this.#holds(job)) this.#held.delete(idOf(job))
    this.#notify()
  }

  #notify(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

function idOf(job: ClaimedJob): string {
  return String(job._id)
}
