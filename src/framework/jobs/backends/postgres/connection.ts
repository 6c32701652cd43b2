import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient } from 'pg'
import type { StoreUrl } from '../../../config'
import { ApplicationClosedError, StoreUnavailableError } from '../../../errors'
import { type StoreRole, settingOf } from '../role'
import { failureOf, isOfConnection, persistently, reasonOf } from './failure'
import { createTables } from './schema'
import type { Statement } from './statement'

const connectWithin = 4_000
const openWithin = 4_500
const answerWithin = 5_000
const connections = 4
const oldest = 13

/** A row as the driver gives it: times as Date, what is not set as null. */
export type Row = Readonly<Record<string, unknown>>

/** One PostgreSQL database, by a few connections; those that are lost are made anew. */
export class PostgresDatabase {
  /** What it is used for; results that live apart have tables of their own. */
  readonly role: StoreRole
  readonly pool: Pool
  readonly #url: StoreUrl
  readonly #config: ClientConfig
  readonly #others = new Set<Client>()
  #opening: Promise<void> | undefined
  #closed = false

  constructor(url: StoreUrl, role: StoreRole) {
    this.#url = url
    this.role = role
    this.#config = {
      connectionString: url.reveal(),
      application_name: `atelier ${role}`,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: connectWithin,
      query_timeout: answerWithin,
      pipeline: true,
    }
    this.pool = new Pool({ ...this.#config, max: connections, onConnect: prepareSession })
    // A lost connection is told by the calls on it; the next one that is needed is made anew.
    this.pool.on('error', () => {})
    this.pool.on('connect', (client) => client.on('error', () => {}))
  }

  /**
   * Connects, and creates what is missing, once.
   *
   * @throws StoreUnavailableError within 5 s when the server does not answer or refuses
   */
  async open(): Promise<void> {
    if (this.#closed) throw new ApplicationClosedError()
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    await this.#opening
  }

  /** Whether the connections have ended for good. */
  get closed(): boolean {
    return this.#closed
  }

  /** Runs one statement. @throws what `failure` understands */
  async query<R = Row>({ name, text }: Statement, ...values: unknown[]): Promise<R[]> {
    await this.open()
    const { rows } = await this.pool.query({ name, text, values })
    return rows as R[]
  }

  /** Runs `work` with a connection, which is given up when `work` throws. */
  async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    await this.open()
    const client = await this.pool.connect()
    try {
      const done = await work(client)
      client.release()
      return done
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  /** Runs `work` in a transaction, again when another one was in the way. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return persistently(() =>
      this.use(async (client) => {
        await client.query('begin')
        const done = await work(client)
        await client.query('commit')
        return done
      }),
    )
  }

  /**
   * Another connection, for who needs one alone; whoever asks ends it.
   *
   * @param patience how long it waits for an answer, in ms; 0 for whoever sees to that itself
   */
  async another(patience = answerWithin): Promise<Client> {
    await this.open()
    const client = new Client({ ...this.#config, query_timeout: patience, pipeline: false })
    // Its calls and its end tell.
    client.on('error', () => {})
    client.on('end', () => this.#others.delete(client))
    this.#others.add(client)
    try {
      await client.connect()
      await prepareSession(client)
      return client
    } catch (error) {
      this.#others.delete(client)
      void client.end()
      throw error
    }
  }

  /** What the driver threw, in our words; an error of ours stays as it is. */
  failure(error: unknown): unknown {
    return failureOf(error, this.#closed, (...reason) => this.#unavailable(...reason))
  }

  /** Ends the connections for good, when what they do is done. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#opening?.catch(() => {})
    await Promise.all([...this.#others].map((client) => client.end()))
    await this.pool.end()
  }

  async #open(): Promise<void> {
    try {
      await within(openWithin, this.#prepare())
    } catch (error) {
      if (error instanceof StoreUnavailableError || !(error instanceof Error)) throw error
      const running = isOfConnection(error) ? ', and that the server is running' : ''
      throw this.#unavailable(reasonOf(error), `Check ${settingOf(this.role)}${running}.`, error)
    }
  }

  async #prepare(): Promise<void> {
    const client = await this.pool.connect()
    try {
      await this.#checkVersion(client)
      await createTables(client, this.role)
      client.release()
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  async #checkVersion(client: ClientBase): Promise<void> {
    const { rows } = await client.query('show server_version')
    const version = String(rows[0]?.server_version)
    if (Number.parseInt(version, 10) >= oldest) return
    const why = `it is PostgreSQL ${version}, and ${oldest} is the oldest that will do`
    throw this.#unavailable(why, 'Use a newer server.')
  }

  #unavailable(why: string, hint: string, cause?: unknown): StoreUnavailableError {
    return new StoreUnavailableError(this.role, String(this.#url), why, hint, cause)
  }
}

/**
 * Statements are prepared when tables are empty and used when they are full, so plans must not be
 * made for what the tables hold: every one of ours has an index. Nobody waits for a lock for ever.
 */
export async function prepareSession(client: ClientBase): Promise<void> {
  await client.query(`set plan_cache_mode = force_generic_plan; set jit = off;
    set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off; set lock_timeout = ${answerWithin - 1_000}`)
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout exceeded: ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
