import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { parseStoreUrl, type StoreUrl } from '../../../../../src/framework/config/url'
import type {
  ClaimedJob,
  Guarding,
  NewJob,
} from '../../../../../src/framework/jobs/backends/contract'
import { RedisBatch } from '../../../../../src/framework/jobs/backends/redis/batch'
import { RedisConnection } from '../../../../../src/framework/jobs/backends/redis/connection'
import { prune } from '../../../../../src/framework/jobs/backends/redis/repair'
import { RedisStore } from '../../../../../src/framework/jobs/backends/redis/store'
import { freshRedis } from '../../../../support/servers'

/** Redis stores on keys of a test's own, and a plain connection to look at these. */
export class Stores {
  readonly url: string
  readonly prefix: string
  readonly client: Redis
  readonly #drop: () => Promise<void>
  readonly #stores: RedisStore[] = []

  private constructor(url: string, drop: () => Promise<void>) {
    this.url = url
    this.#drop = drop
    const address = new URL(url)
    this.prefix = address.searchParams.get('prefix') ?? ''
    address.searchParams.delete('prefix')
    this.client = new Redis(address.href)
  }

  static async make(): Promise<Stores> {
    const { url, drop } = await freshRedis()
    return new Stores(url, drop)
  }

  /** Another store on the same keys, as another process has it. */
  async open(): Promise<RedisStore> {
    const store = new RedisStore(parseStoreUrl(this.url, ['redis']) as StoreUrl)
    this.#stores.push(store)
    await store.open()
    return store
  }

  /** Prunes what ended more than `expires` ms ago. */
  async prune(expires: number): Promise<void> {
    const connection = new RedisConnection(
      parseStoreUrl(this.url, ['redis']) as StoreUrl,
      'job store',
    )
    await prune(new RedisBatch(connection), expires)
    await connection.close()
  }

  /** The names of all keys, without the prefix. */
  async keys(): Promise<string[]> {
    const keys = await this.client.keys(`${this.prefix}*`)
    return keys.map((key) => key.slice(this.prefix.length)).sort()
  }

  /** The fields of a job as they are stored. */
  job(id: string): Promise<Record<string, string>> {
    return this.client.hgetall(`${this.prefix}job:${id}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close()
    this.client.disconnect()
    await this.#drop()
  }
}

/** A job that is due now, unless told otherwise. */
export function due(job: Partial<NewJob> = {}): NewJob {
  const id = randomBytes(8).toString('hex')
  const data = { args: [], sentAt: new Date().toISOString() }
  return { id, name: 'mail', data, nextRunAt: new Date(), priority: 0, ...job }
}

export function claim(store: RedisStore, worker = 'worker', slots = 10): Promise<ClaimedJob[]> {
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
