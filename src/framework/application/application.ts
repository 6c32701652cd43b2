import { inspect } from 'node:util'
import type { Agenda } from 'agenda'
import type { Knex } from 'knex'
import Koa from 'koa'
import type { Config } from '../config'
import { checkDatabase, closeDatabase, databases, openDatabase } from '../database'
import { type AnyTask, bindTask, type Job, Queue } from '../jobs'
import type { AnyModel, Feature } from './feature'
import { type Health, readHealth } from './health'

/**
 * A Koa application that also holds its settings, database, jobs and features. Creating one does
 * no I/O; the database and the job store are opened by their first use, or by `ready()`.
 */
export class Application extends Koa {
  readonly config: Config
  /** The database, as Knex. */
  readonly db: Knex
  /** Sends jobs and finds them again. */
  readonly queue: Queue
  readonly features: readonly Feature[]
  /** Every feature's models by name, bound to this application. */
  readonly models: Readonly<Record<string, AnyModel>>
  /** Every feature's tasks by name, bound to this application. */
  readonly tasks: Readonly<Record<string, AnyTask>>

  /** @param module the file whose `createApp(settings)` makes this application anew in a thread */
  constructor(config: Config, features: readonly Feature[], module?: string) {
    super({ env: config.NODE_ENV })
    const tasks = Object.assign({}, ...features.map((feature) => feature.tasks)) as Record<
      string,
      AnyTask
    >
    const models = Object.assign({}, ...features.map((feature) => feature.models)) as Record<
      string,
      AnyModel
    >
    this.config = config
    this.features = features
    this.db = openDatabase(config)
    const definitions = Object.values(tasks).map((task) => task.definition)
    this.queue = new Queue({
      config,
      tasks: definitions,
      scope: (fn) => databases.run(this.db, fn),
      module,
    })
    this.models = map(models, (model) => model.bindKnex(this.db))
    this.tasks = map(tasks, (task) => bindTask(task, this.queue))
  }

  /** The Agenda underneath the tasks, for what tasks do not cover. */
  get agenda(): Agenda {
    return this.queue.agenda
  }

  /** Runs `fn` with imported models and tasks acting on this application, whatever else is open. */
  run<R>(fn: () => R): R {
    return this.queue.run(fn)
  }

  /**
   * The job with this id, whichever process sent it.
   *
   * @throws JobNotFoundError when the job store has none
   */
  job(id: string): Promise<Job<unknown>> {
    return this.queue.find(id)
  }

  /**
   * Opens the database and the job store.
   *
   * @throws StoreUnavailableError within 5 s when one of them does not answer
   */
  async ready(): Promise<void> {
    await Promise.all([checkDatabase(this.db, this.config), this.queue.open()])
  }

  /** Whether database and job store answer, within a second each; it does not throw. */
  health(): Promise<Health> {
    return readHealth(
      () => checkDatabase(this.db, this.config),
      () => this.queue.ping(),
    )
  }

  /** Ends everything this application opened. Safe to call twice. */
  async close(): Promise<void> {
    try {
      await this.queue.close()
    } finally {
      await closeDatabase(this.db)
    }
  }

  /** What the console shows: Koa's constructor takes this for `util.inspect`. */
  override inspect(): string {
    const { config, models, tasks, features } = this
    const facts = {
      environment: config.NODE_ENV,
      database: String(config.DATABASE_URL),
      jobs: String(config.AGENDA_URL),
      features: features.map((feature) => feature.name),
      models: Object.keys(models),
      tasks: Object.keys(tasks),
    }
    return `Application ${inspect(facts)}`
  }
}

function map<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
