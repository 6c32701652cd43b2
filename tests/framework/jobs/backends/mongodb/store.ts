import { type Collection, type Document, MongoClient, ObjectId } from 'mongodb'
import { parseStoreUrl, type StoreUrl } from '../../../../../src/framework/config/url'
import type {
  ClaimedJob,
  Guarding,
  NewJob,
} from '../../../../../src/framework/jobs/backends/contract'
import { MongoConnection } from '../../../../../src/framework/jobs/backends/mongodb/connection'
import { pruneJobs } from '../../../../../src/framework/jobs/backends/mongodb/prune'
import { MongoStore } from '../../../../../src/framework/jobs/backends/mongodb/store'
import { freshDatabase } from '../../../../support/servers'

/** MongoDB stores on a database of a test's own, and a plain connection to look at it. */
export class Stores {
  readonly url: string
  readonly client: MongoClient
  readonly #drop: () => Promise<void>
  readonly #stores: MongoStore[] = []

  private constructor(url: string, drop: () => Promise<void>) {
    this.url = url
    this.#drop = drop
    this.client = new MongoClient(url)
  }

  static async make(): Promise<Stores> {
    const { url, drop } = await freshDatabase('mongodb')
    return new Stores(url, drop)
  }

  get jobs(): Collection {
    return this.client.db().collection('agendaJobs')
  }

  get workers(): Collection<Document & { _id: string }> {
    return this.client.db().collection('agendaWorkers')
  }

  /** Another store on the same database, as another process has it. */
  async open(): Promise<MongoStore> {
    const store = new MongoStore(this.#address)
    this.#stores.push(store)
    await store.open()
    return store
  }

  /** Prunes what ended more than `expires` ms ago. */
  async prune(expires: number): Promise<void> {
    const connection = new MongoConnection(this.#address, 'job store')
    await connection.open()
    await pruneJobs(connection, expires)
    await connection.close()
  }

  /** Makes the lock of a job as old as this. */
  async age(id: string, ms: number): Promise<void> {
    const lockedAt = new Date(Date.now() - ms)
    await this.jobs.updateOne({ _id: new ObjectId(id) }, { $set: { lockedAt } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close()
    await this.client.close()
    await this.#drop()
  }

  get #address(): StoreUrl {
    return parseStoreUrl(this.url, ['mongodb']) as StoreUrl
  }
}

/** A job that is due now, unless told otherwise. */
export function due(job: Partial<NewJob> = {}): NewJob {
  const id = new ObjectId().toHexString()
  const data = { args: [], sentAt: new Date().toISOString() }
  return { id, name: 'mail', data, nextRunAt: new Date(), priority: 0, ...job }
}

export function claim(store: MongoStore, worker = 'worker', slots = 10): Promise<ClaimedJob[]> {
  const tasks = new Map([['mail', slots]])
  return store.claim({ tasks, total: slots, worker, following: () => null })
}

/** A guard's orders, with everything that a test does not care about filled in. */
export function orders(orders: Partial<Guarding> & { id?: string } = {}): Guarding {
  const { id = 'guard', ...others } = orders
  const worker = { id, host: 'here', pid: 1, concurrency: 1, startedAt: new Date() }
  const limits = { lockLifetime: 30_000, maxCrashes: 3, resultExpires: 60_000 }
  return { worker, ...limits, rescued: () => {}, failed: () => {}, ...others }
}
