import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { ApplicationClosedError } from '../../../errors'
import type { Change, ChangeKind } from '../../changes'
import { type RedisConnection, renewIfSilent } from './connection'

type Listener = (changes: readonly Change[]) => void
type Entry = [id: string, fields: [name: string, json: string]]
type Row = [kind: ChangeKind, id: string, name: string, at: number, worker?: string, done?: number]

// Less than the time after which the driver takes a silent connection for dead.
const waitAtMost = 2_000
const atOnce = 1_000
const pause = 100

/**
 * Follows the stream of changes, of every process, through a connection that waits for them. After
 * a lost connection it goes on behind the last change that it saw.
 */
export class RedisChanges {
  readonly #connection: RedisConnection
  readonly #key: string
  readonly #listeners = new Set<Listener>()
  #client: Redis | undefined
  #following: Promise<void> | undefined
  #closed = false

  constructor(connection: RedisConnection) {
    this.#connection = connection
    this.#key = `${connection.prefix}changes`
  }

  /** Calls `listener` with what happens from now on, until the returned function is called. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (!this.#closed) this.#following ??= this.#follow()
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Ends the connection; whoever waits is called once more, and finds the store closed. */
  async close(): Promise<void> {
    this.#closed = true
    this.#client?.disconnect()
    await this.#following
    this.#announce([])
    this.#listeners.clear()
  }

  async #follow(): Promise<void> {
    let last: string | undefined
    let missed = false
    while (!this.#closed && this.#listeners.size > 0) {
      try {
        last ??= await this.#latest()
        const entries = await this.#read(last)
        last = entries.at(-1)?.[0] ?? last
        if (entries.length > 0) this.#announce(entries.map(toChange))
        // Some may be gone from the stream by now, so whoever waits shall look again.
        if (missed) this.#announce([])
        missed = false
      } catch (error) {
        if (this.#closed) break
        if (this.#client) renewIfSilent(this.#client, error)
        // The store's own calls say that the server is away; here it is only waited for.
        missed = last !== undefined
        await sleep(pause)
      }
    }
    this.#following = undefined
  }

  /**
   * Where the stream ends now. Asked for on the connection of all other commands, so that what is
   * read after `follow` is not older.
   */
  async #latest(): Promise<string> {
    await this.#connection.open()
    const [entry] = await this.#connection.client.xrevrange(this.#key, '+', '-', 'COUNT', 1)
    return entry?.[0] ?? '0-0'
  }

  /** Waits for news, but not for ever. */
  async #read(last: string): Promise<Entry[]> {
    const client = await this.#connected()
    const streams = await client.xread(
      ...(['COUNT', atOnce, 'BLOCK', waitAtMost, 'STREAMS', this.#key, last] as const),
    )
    return (streams?.[0]?.[1] ?? []) as Entry[]
  }

  async #connected(): Promise<Redis> {
    if (this.#closed) throw new ApplicationClosedError()
    this.#client ??= this.#connection.another()
    if (this.#client.status === 'wait' || this.#client.status === 'end')
      await this.#client.connect()
    return this.#client
  }

  #announce(changes: readonly Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes)
  }
}

function toChange([, [, json]]: Entry): Change {
  const [kind, id, name, at, worker, done] = JSON.parse(json) as Row
  return { kind, id, name, at: new Date(at), worker: worker || undefined, progress: done }
}
