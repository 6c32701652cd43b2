import {
  type AnyBulkWriteOperation,
  type BulkWriteResult,
  type Document,
  MongoBulkWriteError,
  type WriteError,
} from 'mongodb'
import type { MongoConnection } from './connection'
import type { RunDocument } from './documents'
import { duplicate } from './indexes'

/** What is to be written to one document. */
export interface Write {
  readonly id: RunDocument['_id']
  /** At most one of these finds its document as it should be. */
  readonly updates: readonly { filter: Document; update: Document; upsert?: boolean }[]
  /** Whether the document says that it is done: asked when the server has not done all. */
  done(stored: RunDocument | undefined): boolean
}

interface Entry {
  readonly operations: AnyBulkWriteOperation<Document>[]
  readonly write?: Write
  resolve(done: boolean): void
  reject(error: unknown): void
}

/**
 * Sends what one turn of the event loop writes as one command, so that it is one round trip, and
 * the server flushes its journal once for all of it.
 */
export class MongoBatch {
  readonly #connection: MongoConnection
  readonly #sent = new Set<Promise<void>>()
  #waiting: Entry[] = []
  #sending: NodeJS.Immediate | undefined

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  /** @returns whether it was done, by this or by an earlier try */
  write(write: Write): Promise<boolean> {
    const operations = write.updates.map(({ filter, update, upsert }) => ({
      updateOne: { filter: { _id: write.id, ...filter }, update, upsert, hint: '_id_' },
    }))
    return this.#run({ operations: operations as AnyBulkWriteOperation<Document>[], write })
  }

  /** @throws an error with the code `duplicate` when a unique value is taken */
  async insert(document: Document): Promise<void> {
    await this.#run({ operations: [{ insertOne: { document } }] })
  }

  /** Resolves when everything is answered. */
  async settled(): Promise<void> {
    if (this.#sending) this.#flush()
    await Promise.all(this.#sent)
  }

  #run(entry: Pick<Entry, 'operations' | 'write'>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...entry, resolve, reject })
      this.#sending ??= setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    clearImmediate(this.#sending)
    this.#sending = undefined
    const entries = this.#waiting
    this.#waiting = []
    const sent = this.#send(entries).catch((error: unknown) => {
      for (const entry of entries) entry.reject(error)
    })
    this.#sent.add(sent)
    void sent.finally(() => this.#sent.delete(sent))
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    await this.#connection.open()
    const owners = entries.flatMap((entry) => entry.operations.map(() => entry))
    const { result, refused } = await this.#bulk(entries.flatMap((entry) => entry.operations))
    for (const error of refused) refuse(owners[error.index], error)
    const writes = entries.filter((entry) => entry.write !== undefined)
    const all = result.matchedCount + result.upsertedCount >= writes.length
    const stored = all ? undefined : await this.#read(writes)
    for (const { write, resolve } of entries)
      resolve(!stored || !write || write.done(stored.get(String(write.id))))
  }

  /** One operation that is refused does not keep the others from being done. */
  async #bulk(
    operations: AnyBulkWriteOperation<Document>[],
  ): Promise<{ result: BulkWriteResult; refused: WriteError[] }> {
    const runs = this.#connection.db.collection(this.#connection.runs.collectionName)
    try {
      const written = runs.bulkWrite(operations, { ordered: false })
      return { result: await this.#connection.answered(written), refused: [] }
    } catch (error) {
      const refused = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : []
      if (refused.length === 0) throw error
      return { result: (error as MongoBulkWriteError).result, refused }
    }
  }

  async #read(writes: readonly Entry[]): Promise<Map<string, RunDocument>> {
    const ids = writes.map((entry) => (entry.write as Write).id)
    const options = { projection: { 'run.claim': 1, 'run.state': 1 } }
    const read = this.#connection.runs.find({ _id: { $in: ids } }, options).toArray()
    const found = await this.#connection.answered(read)
    return new Map(found.map((document) => [String(document._id), document]))
  }
}

/** An upsert that misses its document as it should be runs into its id: that is a no. */
function refuse(entry: Entry | undefined, error: WriteError): void {
  const missed = entry?.write && error.code === duplicate
  if (!missed)
    entry?.reject(
      Object.assign(new Error(error.errmsg), { name: 'MongoServerError', code: error.code }),
    )
}
