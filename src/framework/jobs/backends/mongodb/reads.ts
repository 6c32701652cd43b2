import type { MongoConnection } from './connection'
import type { RunDocument } from './documents'

interface Wish {
  readonly id: RunDocument['_id']
  resolve(found: RunDocument | undefined): void
  reject(error: unknown): void
}

/** Reads what one turn of the event loop asks for by id with one command. */
export class MongoReads<T extends RunDocument> {
  readonly #connection: MongoConnection
  #waiting: Wish[] = []

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  find(id: T['_id']): Promise<T | undefined> {
    return new Promise<RunDocument | undefined>((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#flush())
      this.#waiting.push({ id, resolve, reject })
    }) as Promise<T | undefined>
  }

  async #flush(): Promise<void> {
    const wishes = this.#waiting
    this.#waiting = []
    try {
      await this.#connection.open()
      const _id = { $in: wishes.map((wish) => wish.id) }
      const found = await this.#connection.answered(this.#connection.runs.find({ _id }).toArray())
      const byId = new Map(found.map((document) => [String(document._id), document]))
      for (const { id, resolve } of wishes) resolve(byId.get(String(id)))
    } catch (error) {
      for (const { reject } of wishes) reject(error)
    }
  }
}
