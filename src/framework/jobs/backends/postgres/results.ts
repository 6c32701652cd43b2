import type { StoreUrl } from '../../../config'
import type { Change } from '../../changes'
import type { JobName, JobState, Outcome, Results, Step } from '../../results'
import { endingFields } from '../ending'
import { PostgresBatch } from './batch'
import { PostgresChanges } from './changes'
import { PostgresDatabase } from './connection'
import { snapshot } from './news'
import { type ResultSteps, resultSteps } from './result-steps'
import { isId, toOutcome } from './rows'

/** What results and the jobs beside them do by together. */
export interface Parts {
  readonly database: PostgresDatabase
  readonly steps: ResultSteps
  readonly writes: PostgresBatch
  readonly reads: PostgresBatch
  readonly changes: PostgresChanges
}

/** The results of one database: in the rows of its jobs, or in a table of their own. */
export class PostgresResults implements Results {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  open(): Promise<void> {
    return this.#parts.database.open()
  }

  async close(): Promise<void> {
    const { writes, reads, changes, database } = this.#parts
    await Promise.all([writes.settled(), reads.settled()])
    await changes.close()
    await database.close()
  }

  async find(id: string): Promise<Outcome | undefined> {
    if (!this.#canKnow(id)) return undefined
    const row = await this.#parts.reads.run(this.#parts.steps.find, id)
    return row && toOutcome(row)
  }

  async apply(job: JobName, step: Step): Promise<boolean> {
    const { writes, steps } = this.#parts
    if (!this.#canKnow(job.id)) return false
    const about = { ...job, claim: step.claim }
    if (step.kind === 'release') return writes.run(steps.release, about)
    const { at } = step
    if (step.kind === 'start') return writes.run(steps.start, { ...about, at, worker: step.worker })
    return writes.run(steps.finish, { ...about, at, ...endingFields(step.ending) })
  }

  async revoke(job: JobName, repeats: boolean): Promise<boolean> {
    const { writes, steps } = this.#parts
    return this.#canKnow(job.id) && writes.run(steps.revoke, { ...job, repeats })
  }

  async renew({ id }: JobName, from: readonly JobState[]): Promise<boolean> {
    const { writes, steps } = this.#parts
    return this.#canKnow(id) && writes.run(steps.renew, { id, from })
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#parts.changes.follow(listener)
  }

  async prune(before: Date): Promise<string[]> {
    const { database, steps } = this.#parts
    const age = Date.now() - before.getTime()
    const pruned: string[] = []
    for (;;) {
      const rows = await database.query<{ id: string }>(steps.prune, age)
      if (rows.length === 0) break
      pruned.push(...rows.map(({ id }) => id))
    }
    while ((await database.query(steps.pruneChanges, age)).length > 0);
    return pruned
  }

  failure(error: unknown): unknown {
    return this.#parts.database.failure(error)
  }

  /** Jobs have ids of one kind; results may be those of any store. */
  #canKnow(id: string): boolean {
    return this.#parts.database.role === 'result store' || isId(id)
  }
}

/** Results in a PostgreSQL database, in tables of their own. */
export function openPostgresResults(url: StoreUrl): Results {
  const database = new PostgresDatabase(url, 'result store')
  const steps = resultSteps(database.role)
  const { find, start, finish, release, revoke, renew } = steps
  const reads = new PostgresBatch(database, [snapshot, find])
  const writes = new PostgresBatch(database, [start, finish, release, revoke, renew])
  const changes = new PostgresChanges(database, reads)
  return new PostgresResults({ database, steps, reads, writes, changes })
}
