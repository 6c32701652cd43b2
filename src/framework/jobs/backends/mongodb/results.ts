import type { Collection } from 'mongodb'
import type { StoreUrl } from '../../../config'
import type { Ending, JobState, Outcome, Results, Step, WorkerRecord } from '../../results'
import { MongoDatabase } from './database'

const pollEvery = 20

// Results and errors are kept as JSON text: BSON has its own mind about keys such as `$date`.
type ResultDocument = Omit<Outcome, 'result' | 'error'> & {
  _id: string
  claim?: string
  result?: string | null
  error?: string | null
}
type WorkerDocument = Omit<WorkerRecord, 'id'> & { _id: string }

/** Results in MongoDB, beside the jobs or apart from them. */
export class MongoResults implements Results {
  readonly #mongo: MongoDatabase
  readonly #results: Collection<ResultDocument>
  readonly #workers: Collection<WorkerDocument>

  constructor(mongo: MongoDatabase) {
    this.#mongo = mongo
    this.#results = mongo.db.collection('agendaResults')
    this.#workers = mongo.db.collection('agendaWorkers')
  }

  open(): Promise<void> {
    return this.#mongo.open()
  }

  close(): Promise<void> {
    return this.#mongo.close()
  }

  async find(id: string): Promise<Outcome | undefined> {
    const found = await this.#results.findOne({ _id: id })
    if (!found) return undefined
    const { _id, claim, result, error, ...outcome } = found
    return {
      ...outcome,
      ...(result && { result: JSON.parse(result) }),
      ...(error && { error: JSON.parse(error) }),
    }
  }

  async apply(id: string, step: Step): Promise<boolean> {
    if (step.kind === 'start') return this.#start(id, step)
    const from: JobState[] = step.kind === 'finish' ? ['STARTED', step.ending.state] : ['STARTED']
    const mine = { _id: id, claim: step.claim, state: { $in: from } }
    const change =
      step.kind === 'release'
        ? { $set: { state: 'PENDING' as const }, $unset: { startedAt: 1 as const } }
        : { $set: { ...textOf(step.ending), finishedAt: step.at } }
    const { matchedCount } = await this.#results.updateOne(mine, change)
    return matchedCount === 1
  }

  async revoke(id: string, repeats: boolean): Promise<boolean> {
    const from: JobState[] = repeats
      ? ['PENDING', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED']
      : ['PENDING', 'REVOKED']
    const open = { _id: id, state: { $in: from } }
    return this.#upsert(open, { $set: { state: 'REVOKED' }, $setOnInsert: { attempts: 0 } })
  }

  async renew(id: string): Promise<boolean> {
    const revoked = { _id: id, state: 'REVOKED' as const }
    const { matchedCount } = await this.#results.updateOne(revoked, { $set: { state: 'PENDING' } })
    return matchedCount === 1
  }

  /** Without a channel for results the store is asked again and again. */
  watch(_id: string, listener: () => void): () => void {
    const timer = setInterval(listener, pollEvery)
    return () => clearInterval(timer)
  }

  async announce({ id, ...worker }: WorkerRecord): Promise<void> {
    await this.#workers.updateOne({ _id: id }, { $set: worker }, { upsert: true })
  }

  async retire(workerId: string): Promise<void> {
    await this.#workers.deleteOne({ _id: workerId })
  }

  async workers(): Promise<WorkerRecord[]> {
    const found = await this.#workers.find().sort({ startedAt: 1 }).toArray()
    return found.map(({ _id, ...worker }) => ({ id: _id, ...worker }))
  }

  failure(error: unknown): unknown {
    return this.#mongo.failure(error)
  }

  #start(id: string, { claim, worker, at }: Extract<Step, { kind: 'start' }>): Promise<boolean> {
    const open = { _id: id, state: { $ne: 'REVOKED' as const } }
    return this.#upsert(open, {
      $set: { state: 'STARTED', claim, worker, startedAt: at },
      $unset: { finishedAt: 1 },
      $inc: { attempts: 1 },
    })
  }

  /** An upsert whose filter misses an existing document runs into its `_id`: that is a no. */
  async #upsert(
    filter: Parameters<Collection<ResultDocument>['updateOne']>[0],
    change: Parameters<Collection<ResultDocument>['updateOne']>[1],
  ): Promise<boolean> {
    try {
      await this.#results.updateOne(filter, change, { upsert: true })
      return true
    } catch (error) {
      if ((error as { code?: number }).code === 11_000) return false
      throw error
    }
  }
}

function textOf(ending: Ending): Pick<ResultDocument, 'state' | 'result' | 'error'> {
  const result = ending.state === 'SUCCESS' ? JSON.stringify(ending.result) : undefined
  const error = ending.state === 'FAILURE' ? JSON.stringify(ending.error) : undefined
  return { state: ending.state, result: result ?? null, error: error ?? null }
}

/** Results in a MongoDB database of their own. */
export function openMongoResults(url: StoreUrl): Results {
  return new MongoResults(new MongoDatabase(url, 'result store'))
}
