import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Change } from '../../changes'
import type { PostgresBatch } from './batch'
import type { PostgresDatabase } from './connection'
import { type News, newsOf, snapshot, toChanges } from './news'
import type { ChangesTable } from './record'
import type { Statement } from './statement'

type Listener = (changes: readonly Change[]) => void

const pause = 100
// A connection that is dead without knowing is found out.
const lookEvery = 5_000

/**
 * Follows the changes of every process. A commit rings on a connection that listens, which then
 * reads what is new by the difference between two snapshots; after a loss it goes on where it was.
 */
export class PostgresChanges {
  readonly #database: PostgresDatabase
  readonly #reads: PostgresBatch
  readonly #table: ChangesTable
  readonly #news: Statement
  readonly #listeners = new Set<Listener>()
  /** The snapshot that the listeners know. */
  #known: Promise<string> | undefined
  #client: Client | undefined
  #following: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #rung = false
  #closed = false

  /** @param reads what is read through it after `follow` is not older than what is told */
  constructor(database: PostgresDatabase, reads: PostgresBatch) {
    this.#database = database
    this.#reads = reads
    this.#table = database.role === 'job store' ? 'agenda_changes' : 'agenda_results_changes'
    this.#news = newsOf(this.#table)
  }

  /** Calls `listener` with what happens from now on, until the returned function is called. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (!this.#closed) {
      void this.#know()
      this.#following ??= this.#follow()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#known = undefined
    }
  }

  /** Ends the connection; whoever waits is called once more, and finds the store closed. */
  async close(): Promise<void> {
    this.#closed = true
    void this.#client?.end()
    await this.#following
    this.#announce([])
    this.#listeners.clear()
  }

  #know(): Promise<string> {
    const known = this.#known ?? this.#reads.run(snapshot, null)
    this.#known = known
    known.catch(() => {
      if (this.#known === known) this.#known = undefined
    })
    return known
  }

  async #follow(): Promise<void> {
    for (let missed = false; !this.#closed; missed = true) {
      try {
        const client = await this.#listen()
        const lost = once(client, 'end')
        // It may be lost before anybody waits for that.
        lost.catch(() => {})
        await this.#look()
        // Some may be gone by now, so whoever waits shall look again.
        if (missed) this.#announce([])
        await lost
      } catch {
        // The store's own calls say that the server is away; here it is only waited for.
        void this.#client?.end()
      }
      if (!this.#closed) await sleep(pause)
    }
  }

  async #listen(): Promise<Client> {
    const client = await this.#database.another()
    this.#client = client
    if (this.#closed) void client.end()
    const table = this.#table
    const { rows } = await client.query(
      `select '${table}_' || '${table}'::regclass::oid as channel`,
    )
    client.on('notification', () => this.#hear())
    await client.query(`listen "${rows[0]?.channel}"`)
    const timer = setInterval(() => this.#hear(), lookEvery)
    client.on('end', () => clearInterval(timer))
    return client
  }

  #hear(): void {
    this.#look().catch(() => void this.#client?.end())
  }

  /** Reads what is new; what rings meanwhile is read next. */
  #look(): Promise<void> {
    this.#rung = true
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    while (this.#rung && this.#listeners.size > 0 && !this.#closed) {
      this.#rung = false
      const known = this.#know()
      const { name, text } = this.#news
      const values = [await known]
      const result = await this.#client?.query<News>({ name, text, values })
      const news = result?.rows[0]
      // Who began to listen meanwhile knows more.
      if (!news || this.#known !== known) continue
      this.#known = Promise.resolve(news.snapshot)
      const changes = toChanges(news)
      if (changes.length > 0) this.#announce(changes)
    }
  }

  #announce(changes: readonly Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes)
  }
}
