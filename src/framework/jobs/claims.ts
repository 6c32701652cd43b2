import { randomUUID } from 'node:crypto'
import type { AgendaBackend, JobRepositoryOptions } from 'agenda'
import { LockLostError } from '../errors'
import type { Events } from '../events'
import type { ClaimedJob, JobStore } from './backends/contract'
import { reviveError } from './failure'
import type { Ending, Step } from './results'
import { fromStored } from './values'

type Repository = AgendaBackend['repository']

/** A job as it passes through one run: the processor leaves in `ending` how its task ended. */
export type RunningJob = ClaimedJob & { ending?: Ending }

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
    this.repository = waitingFor(open, store.repository, {
      getNextJobToRun: (...args) => this.#claim(...args),
      saveJobState: (job, options) => this.#save(job, options),
      unlockJob: (job) => this.#unlock([job], () => store.repository.unlockJob(job)),
      unlockJobs: (ids) => this.#unlock(this.#find(ids), () => store.repository.unlockJobs(ids)),
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
    await this.#release([...this.#held.values()].filter((job) => !this.#begun.has(job.claim ?? '')))
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** Gives back everything, whether it has begun or not. What still runs can save no more. */
  async release(): Promise<void> {
    await this.#release([...this.#held.values()])
  }

  /** Locks everything that is held anew, in the store and in Agenda's memory. */
  async extend(): Promise<void> {
    const jobs = [...this.#held.values()]
    if (jobs.length === 0) return
    await this.#store.extend(jobs)
    for (const job of jobs) if (job.lockedAt) job.lockedAt = new Date()
  }

  async #claim(
    ...args: Parameters<Repository['getNextJobToRun']>
  ): Promise<ClaimedJob | undefined> {
    if (this.#closed) return undefined
    const job: ClaimedJob | undefined = await this.#store.repository.getNextJobToRun(...args)
    if (!job) return undefined
    job.claim ??= randomUUID()
    if (this.#closed) {
      await this.#store.release([job])
      return undefined
    }
    this.#held.set(idOf(job), job)
    this.#events.emit('job.received', { id: idOf(job), name: job.name })
    return job
  }

  async #save(job: RunningJob, options: JobRepositoryOptions | undefined): Promise<void> {
    if (!job.claim) return this.#store.repository.saveJobState(job, options)
    if (!job.lockedAt) return this.#finish(job, job.claim, options)
    if (this.#begun.has(job.claim)) return this.#store.repository.saveJobState(job, options)
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
    try {
      await this.#store.save(
        job,
        { kind: 'start', claim, worker: this.#worker, at: new Date() },
        options,
      )
    } catch (error) {
      this.#forget(job)
      throw error
    }
    this.#events.emit('job.started', { id, name: job.name })
  }

  async #finish(
    job: RunningJob,
    claim: string,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    const ending = job.ending ?? failureOf(job)
    const step: Step = { kind: 'finish', claim, ending, at: job.lastFinishedAt ?? new Date() }
    try {
      // After release() the job may already be somebody else's.
      if (!this.#holds(job)) throw new LockLostError(job.name, idOf(job))
      await this.#store.save(job, step, options)
      this.#announce(job, ending)
    } catch (error) {
      this.#events.emit('store.failed', { error: error as Error })
      throw error
    } finally {
      this.#forget(job)
    }
  }

  #announce(job: RunningJob, ending: Ending): void {
    const seconds = ((job.lastFinishedAt?.getTime() ?? 0) - (job.lastRunAt?.getTime() ?? 0)) / 1_000
    const about = { id: idOf(job), name: job.name, seconds }
    if (ending.state === 'FAILURE') {
      this.#events.emit('job.failed', { ...about, error: reviveError(ending.error) })
    } else {
      const result = ending.result === undefined ? undefined : fromStored(ending.result)
      this.#events.emit('job.succeeded', { ...about, result })
    }
  }

  // Forgotten first: once unlocked in the store, the same job may be claimed anew at any moment.
  async #unlock(jobs: readonly ClaimedJob[], unlock: () => Promise<void>): Promise<void> {
    for (const job of jobs) this.#forget(job)
    await unlock()
  }

  async #release(jobs: readonly RunningJob[]): Promise<void> {
    for (const job of jobs) this.#forget(job)
    await this.#store.release(jobs)
    for (const job of jobs) this.#events.emit('job.released', { id: idOf(job), name: job.name })
  }

  #find(ids: readonly unknown[]): RunningJob[] {
    return ids.flatMap((id) => this.#held.get(String(id)) ?? [])
  }

  #holds(job: ClaimedJob): boolean {
    return this.#held.get(idOf(job))?.claim === job.claim
  }

  #forget(job: ClaimedJob): void {
    this.#begun.delete(job.claim ?? '')
    if (!this.#holds(job)) return
    this.#held.delete(idOf(job))
    if (this.#held.size > 0) return
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

function idOf(job: ClaimedJob): string {
  return String(job._id)
}

/** A run that failed before its task began, in Agenda itself. */
function failureOf(job: ClaimedJob): Ending {
  const message = job.failReason ?? 'The task was not run.'
  return { state: 'FAILURE', error: { name: 'Error', message, stack: message, properties: {} } }
}

/** The repository with some methods replaced, and each one waiting until the store is open. */
function waitingFor(
  open: () => Promise<void>,
  repository: Repository,
  replaced: Partial<Repository>,
): Repository {
  return new Proxy(repository, {
    get(target, key: keyof Repository) {
      const method = (replaced[key] ?? target[key]) as (...args: unknown[]) => unknown
      return async (...args: unknown[]) => {
        await open()
        return method.apply(replaced[key] ? replaced : target, args)
      }
    },
  })
}
