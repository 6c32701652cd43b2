import type { Change } from '../../changes'
import type { MongoConnection } from './connection'
import { MongoPoll } from './poll'
import type { Announce, ChangeSource } from './source'
import { MongoStream } from './stream'

/**
 * Tells of the changes of every process, by one stream for all who listen. Once somebody has listened
 * it goes on until it is closed, as many listen again and again for a moment.
 */
export class MongoChanges {
  readonly #connection: MongoConnection
  readonly #listeners = new Set<Announce>()
  #source: ChangeSource | undefined
  #following: Promise<void> | undefined
  #closed = false

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  /** Calls `listener` with what happens from now on, until the returned function is called. */
  follow(listener: Announce): () => void {
    this.#listeners.add(listener)
    if (!this.#closed) this.#following ??= this.#follow(this.#connection.now())
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /**
   * Ends the stream; whoever waits is called once more, and finds the store closed. A question that
   * the server has not answered yet ends with the connection.
   */
  async close(): Promise<void> {
    this.#closed = true
    await this.#source?.close()
    this.#announce([])
    this.#listeners.clear()
  }

  async #follow(since: Date): Promise<void> {
    try {
      await this.#connection.open()
    } catch {
      // Whoever listens has opened the store before, or is told why it cannot be opened.
      this.#following = undefined
      return
    }
    if (this.#closed) return
    const Source = this.#connection.isReplicated ? MongoStream : MongoPoll
    this.#source = new Source(this.#connection, since)
    await this.#source.follow((changes) => this.#announce(changes))
  }

  #announce(changes: readonly Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes)
  }
}
