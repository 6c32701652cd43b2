import { Pool } from 'pg'
import { parseStoreUrl, type StoreUrl } from '../../../../../src/framework/config/url'
import type {
  ClaimedJob,
  Guarding,
  NewJob,
} from '../../../../../src/framework/jobs/backends/contract'
import { newId } from '../../../../../src/framework/jobs/backends/id'
import { PostgresDatabase } from '../../../../../src/framework/jobs/backends/postgres/connection'
import { prune } from '../../../../../src/framework/jobs/backends/postgres/prune'
import { PostgresStore } from '../../../../../src/framework/jobs/backends/postgres/store'
import { freshDatabase } from '../../../../support/servers'

type Row = Record<string, unknown>

/** PostgreSQL stores on a database of a test's own, and plain connections to look at it. */
export class Stores {
  readonly url: string
  readonly pool: Pool
  readonly #drop: () => Promise<void>
  readonly #stores: PostgresStore[] = []

  private constructor(url: string, drop: () => Promise<void>) {
    this.url = url
    this.#drop = drop
    this.pool = new Pool({ connectionString: url })
    this.pool.on('error', () => {})
  }

  static async make(): Promise<Stores> {
    const { url, drop } = await freshDatabase('postgres')
    return new Stores(url, drop)
  }

  /** Another store on the same database, as another process has it. */
  async open(): Promise<PostgresStore> {
    const store = new PostgresStore(storeUrl(this.url))
    this.#stores.push(store)
    await store.open()
    return store
  }

  async sql(text: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.pool.query(text, values)).rows
  }

  /** Prunes what ended more than `expires` ms ago. */
  async prune(expires: number): Promise<void> {
    const database = new PostgresDatabase(storeUrl(this.url), 'job store')
    await prune((...query) => database.query(...query), expires)
    await database.close()
  }

  /** Makes a lock look this old, in ms. */
  async age(id: string, ms: number): Promise<void> {
    const ago = `now() - $2::float * interval '1 millisecond'`
    await this.sql(`update agenda_jobs set locked_at = ${ago} where id = $1`, id, ms)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close()
    await this.pool.end()
    await this.#drop()
  }
}

export function storeUrl(text: string): StoreUrl {
  return parseStoreUrl(text, ['postgres']) as StoreUrl
}

/** A job that is due now, unless told otherwise. */
export function due(job: Partial<NewJob> = {}): NewJob {
  const data = { args: [], sentAt: new Date().toISOString() }
  return { id: newId(), name: 'mail', data, nextRunAt: new Date(), priority: 0, ...job }
}

export function claim(
  store: PostgresStore,
  worker = 'worker',
  slots = 10,
  name = 'mail',
): Promise<ClaimedJob[]> {
  const tasks = new Map([[name, slots]])
  return store.claim({ tasks, total: slots, worker, following: () => null })
}

/** A guard's orders, with everything that a test does not care about filled in. */
export function orders(orders: Partial<Guarding> & { id?: string } = {}): Guarding {
  const { id = 'guard', ...others } = orders
  const worker = { id, host: 'here', pid: 1, concurrency: 1, startedAt: new Date() }
  const limits = { lockLifetime: 30_000, maxCrashes: 3, resultExpires: 60_000 }
  return { worker, ...limits, rescued: () => {}, failed: () => {}, ...others }
}
