import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { type Config, type StoreUrl, sqlitePath } from '../config'
import { AtelierError, SendError } from '../errors'
import type { Events } from '../events'
import type { JobStore, NewJob } from './backends/contract'

const triesAgainAfter = [100, 500, 2_000]

/** Sends jobs: at once, by a transaction of the application, or after it was committed. */
export class Outbox {
  /** Called after jobs were stored. */
  sent = async (): Promise<void> => {}
  readonly #store: () => JobStore
  readonly #events: Events
  readonly #shared: boolean
  readonly #waiting = new Set<Promise<void>>()

  constructor(config: Config, store: () => JobStore, events: Events) {
    this.#store = store
    this.#events = events
    this.#shared = isShared(config)
  }

  /**
   * @returns the ids under which the jobs are stored, or will be when the transaction commits
   * @throws StoreUnavailableError, SendError
   */
  async send(
    jobs: readonly NewJob[],
    transaction: Knex.Transaction | undefined,
  ): Promise<readonly string[]> {
    const store = this.#store()
    try {
      if (!transaction) return await this.#add(jobs)
      if (this.#shared && store.addWithin) return await store.addWithin(transaction, jobs)
    } catch (error) {
      throw store.failure(error)
    }
    return this.#sendAfter(transaction, jobs)
  }

  /** Resolves when no job waits for a transaction that has ended. */
  async settled(): Promise<void> {
    // Whoever awaited a transaction knows of its end a moment before it is known here.
    await nextTurn()
    await Promise.all(this.#waiting)
  }

  #sendAfter(transaction: Knex.Transaction, jobs: readonly NewJob[]): readonly string[] {
    const unique = jobs.find((job) => job.unique)
    if (unique) {
      const problem = 'it is unique, and its transaction belongs to another database'
      throw new SendError(unique.name, problem, 'Send it after the transaction.')
    }
    void isKept(transaction).then((kept) => kept && this.#follow(this.#sendNow(jobs)))
    return jobs.map((job) => job.id)
  }

  async #sendNow(jobs: readonly NewJob[]): Promise<void> {
    for (const pause of [...triesAgainAfter, undefined]) {
      try {
        await this.#add(jobs)
        return
      } catch (error) {
        if (pause === undefined) return this.#tell(jobs, error)
        await sleep(pause)
      }
    }
  }

  async #add(jobs: readonly NewJob[]): Promise<readonly string[]> {
    const ids = await this.#store().add(jobs)
    await this.sent()
    return ids
  }

  #tell(jobs: readonly NewJob[], error: unknown): void {
    const ours = error instanceof AtelierError
    const failure = (ours ? error : this.#store().failure(error)) as Error
    for (const { id, name } of jobs) this.#events.emit('job.unsent', { id, name, error: failure })
  }

  #follow(work: Promise<void>): void {
    this.#waiting.add(work)
    void work.finally(() => this.#waiting.delete(work))
  }
}

/** Whether what a transaction does stays: it commits, and so does every one around it. */
async function isKept(transaction: Knex.Transaction): Promise<boolean> {
  const levels: Promise<boolean>[] = []
  for (
    let level: Knex.Transaction | undefined = transaction;
    level;
    level = level.parentTransaction
  ) {
    const known = endings.get(level) ?? commits(level)
    endings.set(level, known)
    levels.push(known)
  }
  return (await Promise.all(levels)).every(Boolean)
}

/** How transactions end, each asked for once, however many jobs wait for it. */
const endings = new WeakMap<Knex.Transaction, Promise<boolean>>()

// A transaction that is rolled back without an error resolves as one that is committed; only its
// last statement tells.
function commits(level: Knex.Transaction): Promise<boolean> {
  let last = ''
  level.client.on('query', ({ sql }: { sql: string }) => {
    last = sql
  })
  return level.executionPromise.then(
    () => !/^rollback/i.test(last),
    () => false,
  )
}

/** Whether jobs live in the application's own database. */
function isShared({ AGENDA_URL, DATABASE_URL, root }: Config): boolean {
  if (AGENDA_URL.kind !== DATABASE_URL.kind) return false
  return placeOf(AGENDA_URL, root) === placeOf(DATABASE_URL, root)
}

/**
 * The same for all URLs that mean one place, and never for two that may not: a job that is not sent
 * by its transaction is sent after it. A memory is nobody else's.
 */
function placeOf(url: StoreUrl, root: string): string | symbol {
  if (url.kind === 'sqlite') {
    const path = sqlitePath(url, root)
    return path === ':memory:' ? Symbol(path) : path
  }
  const { hostname, port, pathname, username, searchParams } = new URL(url.reveal())
  // PostgreSQL's URLs may leave something out, and their user and query may lead to other tables.
  const database = decodeURIComponent(pathname.slice(1) || username)
  const elsewhere = ['host', 'port', 'options'].map((name) => searchParams.get(name))
  return JSON.stringify([username, hostname, port || '5432', database, elsewhere])
}
