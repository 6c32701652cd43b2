import { randomUUID } from 'node:crypto'
import type { Agenda, AgendaBackend, JobId, JobParameters } from 'agenda'
import type { Config } from '../config'
import { Current } from '../current'
import { JobNotFoundError } from '../errors'
import { Events } from '../events'
import type { JobFilter, JobStore, NewJob, TaskCounts } from './backends/contract'
import type { Change } from './changes'
import { Connection } from './connection'
import type { TaskDefinition } from './definition'
import { Job, type JobSource, readJob } from './job'
import { Outbox } from './outbox'
import { saveRepetition } from './repeat'
import type { WorkerRecord } from './results'
import type { Runner } from './runner'
import type { Duration } from './schedule'
import { newJob, newRepetition, type SendOptions } from './send'
import { Watch } from './watch'

/** The queues that are open: what an imported task acts on. */
export const queues = new Current<Queue>()

/** What a queue is made from. */
export interface QueueParts {
  readonly config: Config
  readonly tasks: readonly TaskDefinition[]
  /** Runs a function with what else belongs to the application as the current one. */
  readonly scope: <R>(fn: () => R) => R
  /** The file whose `createApp(settings)` makes the application anew in a thread. */
  readonly module?: string | undefined
}

/**
 * The jobs of one application: sends them, finds them, and gives a worker what it needs. Nothing
 * is loaded or opened before the first use.
 */
export class Queue {
  readonly events = new Events()
  /** Unique to this process and boot: the name under which it claims jobs. */
  readonly id = randomUUID()
  readonly tasks: readonly TaskDefinition[]
  readonly #config: Config
  readonly #scope: <R>(fn: () => R) => R
  readonly #connection: Connection
  readonly #watch = new Watch(() => this.store)
  readonly #outbox: Outbox

  constructor({ config, tasks: declared, scope, module }: QueueParts) {
    const tasks = new Map(declared.map((task) => [task.name, task]))
    const { events, id: worker } = this
    this.tasks = [...tasks.values()]
    this.#config = config
    this.#scope = scope
    const run = <R>(fn: () => R) => this.run(fn)
    this.#connection = new Connection({ config, tasks, events, worker, module, run })
    this.#outbox = new Outbox(config, () => this.store, this.events)
    queues.open(this)
  }

  /** The Agenda underneath; its calls wait until the job store is open. */
  get agenda(): Agenda {
    return this.#connection.parts.agenda
  }

  /** The job store as Agenda takes it: `new Agenda({ backend })` works on the same jobs. */
  get backend(): AgendaBackend {
    return this.#connection.parts.backend
  }

  get store(): JobStore {
    return this.#connection.parts.store
  }

  /** Runs jobs in this process, once it is started. */
  get runner(): Runner {
    return this.#connection.parts.runner
  }

  /** Runs `fn` with this queue, and what belongs with it, as the current one. */
  run<R>(fn: () => R): R {
    return queues.run(this, () => this.#scope(fn))
  }

  /**
   * Opens the job store, once.
   *
   * @throws StoreUnavailableError within 5 s when it does not answer; the next call tries anew
   */
  open(): Promise<void> {
    return this.#connection.open()
  }

  /**
   * Stores a job for each call, or has it stored when a transaction commits; all or none where the store can.
   *
   * @throws TaskArgumentsError, NotStorableError, ScheduleError before anything is stored
   * @throws StoreUnavailableError
   */
  async send(
    task: TaskDefinition,
    calls: readonly (readonly unknown[])[],
    at: Date,
    options: SendOptions,
  ): Promise<Job<never>[]> {
    const { store } = this
    const jobs = calls.map((args) => newJob(store.newId(), task, args, at, options))
    await this.open()
    const ids = await this.#outbox.send(jobs, options.transaction)
    return Promise.all(
      jobs.map((job, index) => this.#handle(job, ids[index] ?? job.id, options.transaction)),
    )
  }

  /**
   * Has a task run again and again; there is one such job of a task.
   *
   * @throws TaskArgumentsError, NotStorableError, ScheduleError, SendError before anything is stored
   * @throws StoreUnavailableError
   */
  async repeat(
    task: TaskDefinition,
    args: readonly unknown[],
    every: Duration,
    options: SendOptions,
  ): Promise<Job<never>> {
    const repetition = newRepetition(task, args, every, options)
    await this.open()
    const job = await saveRepetition(this.#connection.parts, repetition)
    return new Job(this.#source(), job.attrs)
  }

  /**
   * Runs everything that is due, in this process and at once, until nothing is: for tests.
   *
   * @returns the jobs that were run, in the order in which they ended
   */
  async drain(): Promise<Job<unknown>[]> {
    await this.open()
    await this.#outbox.settled()
    const ids = await this.runner.drain()
    return Promise.all([...new Set(ids)].map((id) => this.find(id)))
  }

  /** From now on whatever is sent is run by `drain()` before the call that sends it returns. */
  runInline(): void {
    this.#outbox.sent = async () => {
      await this.runner.drain()
    }
  }

  /**
   * The job with this id, whichever process sent it.
   *
   * @throws JobNotFoundError
   */
  async find(id: string): Promise<Job<unknown>> {
    await this.open()
    await this.#outbox.settled()
    const [parameters, outcome] = await readJob(this.store, id)
    if (!parameters) throw new JobNotFoundError(id, String(this.#config.AGENDA_URL))
    return new Job(this.#source(), parameters, outcome)
  }

  /**
   * The jobs that a filter means, the latest sent first.
   *
   * @param page how many at most, and how many of the first to leave out. Default: the first 50
   * @throws StoreUnavailableError
   */
  async list(
    filter: JobFilter = {},
    { limit = 50, offset = 0 }: { limit?: number; offset?: number } = {},
  ): Promise<Job<unknown>[]> {
    await this.#outbox.settled()
    const listed = await this.#connection.ask((store) => store.list(filter, { limit, offset }))
    return listed.map(({ parameters, outcome }) => new Job(this.#source(), parameters, outcome))
  }

  /** Counts all jobs, by task in alphabetical order and by state. @throws StoreUnavailableError */
  stats(): Promise<TaskCounts[]> {
    return this.#connection.ask((store) => store.stats())
  }

  /** The workers that announced themselves and have not ended. @throws StoreUnavailableError */
  workers(): Promise<WorkerRecord[]> {
    return this.#connection.ask((store) => store.workers())
  }

  /**
   * Removes the jobs that a filter means for good, with their results; those that run are left.
   *
   * @returns how many
   * @throws StoreUnavailableError
   */
  purge(filter: JobFilter = {}): Promise<number> {
    return this.#connection.ask((store) => store.purge(filter))
  }

  /** Resolves when the job store answers. @throws StoreUnavailableError */
  ping(): Promise<void> {
    return this.#connection.ask((store) => store.ping())
  }

  /**
   * Calls `listener` for every change of every job, whichever process made it, until the returned
   * function is called. The job store must be open.
   */
  follow(listener: (change: Change) => void): () => void {
    return this.store.follow((changes) => {
      for (const change of changes) void this.events.tell(change.kind, listener, [change])
    })
  }

  /** Ends the store's connections. Safe to call twice. */
  async close(): Promise<void> {
    queues.close(this)
    await this.#outbox.settled()
    await this.#connection.close()
  }

  /** A new job need not be read, and one in an open transaction cannot be. */
  async #handle(job: NewJob, id: string, transaction: unknown): Promise<Job<never>> {
    if (id !== job.id && !transaction) return (await this.find(id)) as Job<never>
    const { name, data, nextRunAt, priority } = job
    const parameters = { _id: id as JobId, name, data, nextRunAt, priority, type: 'normal' }
    return new Job(this.#source(), parameters as JobParameters)
  }

  #source(): JobSource {
    const queue = this
    return {
      // Asked anew each time, so that a handle of a closed application says so.
      get store() {
        return queue.store
      },
      get closed() {
        return queue.#connection.closed
      },
      address: String(this.#config.AGENDA_URL),
      events: this.events,
      sent: () => this.#outbox.settled(),
      watch: (id, ring) => this.#watch.add(id, ring),
    }
  }
}
