import type { Document } from 'mongodb'
import type { StoreUrl } from '../../../config'
import type { Change } from '../../changes'
import type { JobName, JobState, Outcome, Results, Step } from '../../results'
import { MongoBatch } from './batch'
import { MongoChanges } from './changes'
import { MongoConnection } from './connection'
import { type RunDocument, toOutcome } from './documents'
import { duplicate, earliest } from './indexes'
import { MongoReads } from './reads'
import { renewed, revoked, stepOf } from './steps'

const pruneAtOnce = 500

/** Results in MongoDB: in the documents of the jobs, or in a collection of their own. */
export class MongoResults implements Results {
  readonly #connection: MongoConnection
  readonly #batch: MongoBatch
  readonly #reads: MongoReads<RunDocument>
  readonly #changes: MongoChanges

  constructor(connection: MongoConnection, batch: MongoBatch, changes: MongoChanges) {
    this.#connection = connection
    this.#batch = batch
    this.#reads = new MongoReads(connection)
    this.#changes = changes
  }

  open(): Promise<void> {
    return this.#connection.open()
  }

  async close(): Promise<void> {
    await this.#batch.settled()
    await this.#changes.close()
    await this.#connection.close()
  }

  async find(id: string): Promise<Outcome | undefined> {
    const key = this.#connection.key(id)
    return key === undefined ? undefined : toOutcome((await this.#reads.find(key))?.run)
  }

  async apply({ id, name }: JobName, step: Step): Promise<boolean> {
    const key = this.#connection.key(id)
    if (key === undefined) return false
    const about = { name, written: this.#connection.now() }
    return this.#batch.write(stepOf(key, about, step, this.#connection.isApart))
  }

  /** Where the job is, it is disabled by the same write. */
  revoke({ id, name }: JobName, repeats: boolean): Promise<boolean> {
    const { isApart } = this.#connection
    const update = revoked({ name, written: this.#connection.now() })
    if (!isApart) update.$set.disabled = true
    const from = repeats ? { $ne: 'STARTED' } : { $in: [null, 'PENDING', 'RETRY', 'REVOKED'] }
    return this.#update(id, { 'run.state': from }, update, isApart)
  }

  renew({ id }: JobName, from: readonly JobState[]): Promise<boolean> {
    return this.#update(id, { 'run.state': { $in: from } }, renewed)
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  async prune(before: Date): Promise<string[]> {
    const { runs, isApart } = this.#connection
    const expired = { 'run.finishedAt': { $gt: earliest, $lt: before } }
    const pruned: string[] = []
    for (;;) {
      const found = await runs
        .find(expired, { projection: { _id: 1 }, limit: pruneAtOnce })
        .toArray()
      const meant = { _id: { $in: found.map(({ _id }) => _id) }, ...expired }
      if (isApart) await runs.deleteMany(meant)
      else await runs.updateMany(meant, { $unset: { run: 1 } })
      pruned.push(...found.map(({ _id }) => String(_id)))
      if (found.length < pruneAtOnce) return pruned
    }
  }

  failure(error: unknown): unknown {
    return this.#connection.failure(error)
  }

  /** An upsert that misses its document as it should be runs into its id: that is a no. */
  async #update(id: string, filter: Document, update: Document, upsert = false): Promise<boolean> {
    const _id = this.#connection.key(id)
    if (_id === undefined) return false
    try {
      const { runs } = this.#connection
      const result = await runs.updateOne({ _id, ...filter }, update, { upsert })
      return result.matchedCount + result.upsertedCount === 1
    } catch (error) {
      if ((error as { code?: number }).code === duplicate) return false
      throw error
    }
  }
}

/** Results in a MongoDB database of their own. */
export function openMongoResults(url: StoreUrl): Results {
  const connection = new MongoConnection(url, 'result store')
  return new MongoResults(connection, new MongoBatch(connection), new MongoChanges(connection))
}
