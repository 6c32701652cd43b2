import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '../../changes'
import type { MongoConnection } from './connection'
import type { RunDocument, StoredChange } from './documents'
import type { Announce, ChangeSource } from './source'

const pause = 100
// A change is written a moment after its time was taken.
const overlap = 2_000

/**
 * The changes of a server that is alone and tells nobody: asked for again and again. Of several
 * changes of a job between two looks only the latest is told.
 */
export class MongoPoll implements ChangeSource {
  readonly #connection: MongoConnection
  readonly #since: Date
  /** What was told lately, as it can be found again. */
  #told = new Set<string>()
  #latest: Date
  #closed = false

  /** @param since by the server's clock */
  constructor(connection: MongoConnection, since: Date) {
    this.#connection = connection
    this.#since = since
    this.#latest = since
  }

  async follow(announce: Announce): Promise<void> {
    let missed = false
    while (!this.#closed) {
      try {
        const changes = await this.#connection.answered(this.#look())
        if (changes.length > 0) announce(changes)
        // Of what happened meanwhile only the latest is known.
        if (missed) announce([])
        missed = false
      } catch {
        // The store's own calls say that the server is away; here it is only waited for.
        missed = true
      }
      await sleep(pause)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  async #look(): Promise<Change[]> {
    const from = Math.max(this.#since.getTime(), this.#latest.getTime() - overlap)
    const found = await this.#connection.runs
      .find({ 'change.written': { $gte: new Date(from) } })
      .project<Pick<RunDocument, '_id' | 'change'>>({ change: 1 })
      .sort({ 'change.written': 1 })
      .toArray()
    const told = new Set<string>()
    const changes: Change[] = []
    for (const { _id, change } of found) {
      const { written, ...others } = change as StoredChange
      const id = String(_id)
      const key = `${id} ${others.kind} ${written.getTime()} ${others.progress}`
      if (!this.#told.has(key)) changes.push({ id, ...others })
      told.add(key)
      if (written > this.#latest) this.#latest = written
    }
    this.#told = told
    return changes
  }
}
