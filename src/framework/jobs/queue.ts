import { randomUUID } from 'node:crypto'
import type { Agenda, Job as AgendaJob } from 'agenda'
import type { Config } from '../config'
import { Current } from '../current'
import {
  ApplicationClosedError,
  JobNotFoundError,
  JobRevokedError,
  LockLostError,
  TaskArgumentsError,
} from '../errors'
import { Events } from '../events'
import { createStore } from './backends'
import type { JobStore } from './backends/contract'
import { Claims } from './claims'
import type { TaskDefinition } from './definition'
import { Job, type JobData, type JobSource, readJob } from './job'
import { processor } from './run'
import { type Duration, interval } from './schedule'
import { signatureOf } from './signature'
import { toStored } from './values'

/** When a job is to run: at a moment, or again and again. */
export type When = { readonly at: Date } | { readonly every: Duration }

/** The queues that are open: what an imported task acts on. */
export const queues = new Current<Queue>()

/**
 * The jobs of one application: sends them, finds them, and gives a worker what it needs. Nothing
 * is loaded or opened before the first use.
 */
export class Queue {
  readonly events = new Events()
  /** Unique to this process and boot: the name under which it claims jobs. */
  readonly id = randomUUID()
  readonly #config: Config
  readonly #tasks: ReadonlyMap<string, TaskDefinition>
  readonly #scope: <R>(fn: () => R) => R
  #parts: { store: JobStore; claims: Claims; agenda: Agenda } | undefined
  #opening: Promise<void> | undefined
  #closed = false

  /** @param scope what else to make current while a task of this queue runs */
  constructor(config: Config, tasks: readonly TaskDefinition[], scope: <R>(fn: () => R) => R) {
    this.#config = config
    this.#tasks = new Map(tasks.map((task) => [task.name, task]))
    this.#scope = scope
    queues.open(this)
  }

  get tasks(): readonly TaskDefinition[] {
    return [...this.#tasks.values()]
  }

  /** The Agenda underneath; its calls wait until the job store is open. */
  get agenda(): Agenda {
    return this.#ensure().agenda
  }

  get store(): JobStore {
    return this.#ensure().store
  }

  /** What this process holds as a worker. */
  get claims(): Claims {
    return this.#ensure().claims
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
    this.#opening ??= this.#open()
    return this.#opening
  }

  /**
   * Stores a job.
   *
   * @throws TaskArgumentsError, NotStorableError, ScheduleError before anything is stored
   * @throws StoreUnavailableError
   */
  async send(task: TaskDefinition, args: readonly unknown[], when: When): Promise<Job<never>> {
    const data: JobData = { args: storedArguments(task, args), sentAt: new Date().toISOString() }
    const every = 'every' in when ? interval(when.every) : undefined
    await this.open()
    const job =
      'at' in when
        ? await this.agenda.create(task.name, data).schedule(when.at).save()
        : await this.#repeat(every ?? 0, task.name, data)
    return new Job(this.#source(), job.attrs)
  }

  /**
   * The job with this id, whichever process sent it.
   *
   * @throws JobNotFoundError
   */
  async find(id: string): Promise<Job<unknown>> {
    await this.open()
    const [parameters, outcome] = await readJob(this.store, id)
    if (!parameters) throw new JobNotFoundError(id, String(this.#config.AGENDA_URL))
    return new Job(this.#source(), parameters, outcome)
  }

  /** Ends the store's connections. Safe to call twice. */
  async close(): Promise<void> {
    queues.close(this)
    this.#closed = true
    await this.#opening?.catch(() => {})
    await this.#parts?.agenda.stop(false)
    await this.#parts?.store.close()
  }

  async #repeat(every: number | string, name: string, data: JobData): Promise<AgendaJob> {
    const job = await this.agenda.every(every, name, data)
    const id = String(job.attrs._id)
    if (await this.store.results.renew(id)) await this.store.repository.enableJobs({ id })
    // Agenda keeps the slot that the job waits for; with a shorter interval that is too far away.
    const latest = typeof every === 'number' ? Date.now() + every : Number.POSITIVE_INFINITY
    const next = job.attrs.nextRunAt?.getTime() ?? 0
    return next > latest ? await job.schedule(new Date(latest)).save() : job
  }

  async #open(): Promise<void> {
    try {
      await this.store.open()
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  #source(): JobSource {
    const queue = this
    return {
      // Asked anew each time, so that a handle of a closed application says so.
      get store() {
        return queue.store
      },
      get closed() {
        return queue.#closed
      },
      address: String(this.#config.AGENDA_URL),
      events: this.events,
    }
  }

  #ensure() {
    if (this.#closed) throw new ApplicationClosedError()
    this.#parts ??= this.#create()
    return this.#parts
  }

  #create() {
    const store = createStore(this.#config, [...this.#tasks.keys()])
    const claims = new Claims(store, this.events, this.id, () => this.open())
    const agenda = this.#createAgenda(store, claims)
    for (const task of this.#tasks.values()) {
      const concurrency = task.options.concurrency ?? this.#config.AGENDA_DEFAULT_CONCURRENCY
      // Never more claims than can run: a job that waits in a busy worker is lost to idle ones.
      const options = { concurrency, lockLimit: concurrency }
      agenda.define(
        task.name,
        processor(task, (fn) => this.run(fn)),
        options,
      )
    }
    return { store, claims, agenda }
  }

  #createAgenda(store: JobStore, claims: Claims): Agenda {
    const { Agenda } = require('agenda') as typeof import('agenda')
    const config = this.#config
    const agenda = new Agenda({
      name: this.id,
      processEvery: config.AGENDA_PROCESS_EVERY,
      maxConcurrency: config.AGENDA_MAX_CONCURRENCY,
      lockLimit: config.AGENDA_MAX_CONCURRENCY,
      defaultConcurrency: config.AGENDA_DEFAULT_CONCURRENCY,
      defaultLockLifetime: config.AGENDA_DEFAULT_LOCK_LIFETIME,
      backend: {
        name: store.name,
        repository: claims.repository,
        notificationChannel: store.channel,
        // Closing is ours: Agenda would close under jobs that still run.
        ownsConnection: false,
        // Agenda does not catch a failure here; the first call of the repository reports it.
        connect: async () => {},
        disconnect: async () => {},
      },
    })
    const failed = (error: Error) => {
      if (!isTold(error)) this.events.emit('store.failed', { error: store.failure(error) as Error })
    }
    agenda.on('error', failed)
    store.channel.on('error', failed)
    return agenda
  }
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

/** What Agenda repeats of a run that was refused, and what it says of locks that are ours. */
function isTold(error: Error): boolean {
  const refused = error instanceof LockLostError || error instanceof JobRevokedError
  return refused || error.message.startsWith('execution of ')
}
