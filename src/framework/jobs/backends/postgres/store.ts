import { PostgresJobLogger } from '@agendajs/postgres-backend'
import type { JobParameters } from 'agenda'
import type { Knex } from 'knex'
import type { StoreUrl } from '../../../config'
import type { Change } from '../../changes'
import type { Ending, WorkerRecord } from '../../results'
import type {
  ClaimedJob,
  Guarding,
  JobFilter,
  JobStore,
  ListedJob,
  NewJob,
  TaskCounts,
  Wish,
} from '../contract'
import { endingFields, nextRun } from '../ending'
import { Held } from '../held'
import { newId } from '../id'
import { withPulse } from '../pulse/pulse'
import { WakeChannel } from '../wake'
import { addJobs, addMany, addUnique, addWithin, holdKeys, idsOf } from './add'
import { PostgresBatch } from './batch'
import { PostgresChanges } from './changes'
import { claimJobs, nextDue, noteFollowing } from './claim'
import { PostgresDatabase } from './connection'
import { rerunJob, revokeJob, terminateJob } from './control'
import { finishJobs, noteProgress, releaseJobs } from './finish'
import { PostgresGuard } from './guard'
import { countJobs, listJobs, purgeJobs } from './list'
import { snapshot } from './news'
import { PostgresRepository } from './repository'
import { resultSteps } from './result-steps'
import { PostgresResults } from './results'
import { findJob, isId, type StoredJob, storable, toJob } from './rows'
import { type Statement, statement } from './statement'
import { listWorkers } from './workers'

// More would keep the steps of runs waiting.
const withOthers = 100

/** Jobs in PostgreSQL, in the table of Agenda's own backend; results in their rows. */
export class PostgresStore implements JobStore {
  readonly name = 'PostgreSQL'
  readonly repository: PostgresRepository
  readonly channel: WakeChannel
  readonly logger: PostgresJobLogger
  readonly results: PostgresResults
  readonly #database: PostgresDatabase
  readonly #writes: PostgresBatch
  readonly #reads: PostgresBatch
  /** Unique jobs, which may have to wait for a transaction that has sent one with the same key. */
  readonly #uniques: PostgresBatch
  readonly #changes: PostgresChanges
  readonly #held = new Held()
  readonly #url: StoreUrl

  constructor(url: StoreUrl) {
    this.#url = url
    const database = new PostgresDatabase(url, 'job store')
    const steps = resultSteps(database.role)
    const { start, finish, release, revoke, renew } = steps
    const ofResults = [start, finish, release, revoke, renew]
    const reads = new PostgresBatch(database, [snapshot, findJob, steps.find, nextDue])
    const writes = new PostgresBatch(database, [
      noteFollowing,
      noteProgress,
      addJobs,
      finishJobs,
      releaseJobs,
      ...ofResults,
      claimJobs,
    ])
    this.#changes = new PostgresChanges(database, reads)
    this.results = new PostgresResults({ database, steps, writes, reads, changes: this.#changes })
    this.repository = new PostgresRepository(database)
    this.channel = new WakeChannel(this.results)
    this.logger = new PostgresJobLogger({ pool: database.pool, ensureSchema: false })
    this.#database = database
    this.#writes = writes
    this.#reads = reads
    this.#uniques = new PostgresBatch(database, [addJobs, holdKeys, addUnique])
  }

  open(): Promise<void> {
    return this.#database.open()
  }

  async close(): Promise<void> {
    await this.#uniques.settled()
    await this.results.close()
  }

  newId(): string {
    return newId()
  }

  async add(jobs: readonly NewJob[]): Promise<string[]> {
    const unique = jobs.filter((job) => job.unique)
    if (jobs.length > withOthers) return addMany(this.#database, jobs)
    if (unique.length === 0) return idsOf(jobs, await this.#writes.run(addJobs, jobs))
    const plain = jobs.filter((job) => !job.unique)
    const [ids] = await Promise.all([
      this.#uniques.run(addUnique, unique),
      this.#uniques.run(holdKeys, unique),
      this.#uniques.run(addJobs, plain),
    ])
    return idsOf(jobs, ids)
  }

  addWithin(transaction: Knex.Transaction, jobs: readonly NewJob[]): Promise<string[]> {
    return addWithin(transaction, jobs)
  }

  async find(id: string): Promise<JobParameters | undefined> {
    return isId(id) ? this.#reads.run(findJob, id) : undefined
  }

  async claim({ tasks, total, worker, following }: Wish): Promise<ClaimedJob[]> {
    const slots = [...tasks].map(([name, slots]) => ({ name, slots }))
    const rows = await this.#writes.run(claimJobs, { worker, total, tasks: slots })
    const jobs = rows.map((row) => {
      const job = toJob(row) as StoredJob & { claim: string }
      const runs = { attempts: Number(row.attempts), retries: Number(row.retries) }
      return Object.assign(job, { ...runs, following: following(job, job.lastRunAt ?? new Date()) })
    })
    this.#held.add(worker, jobs)
    await Promise.all(jobs.map((job) => this.#noteFollowing(job)))
    return jobs
  }

  async finish(job: ClaimedJob, ending: Ending, at: Date): Promise<boolean> {
    const saved = await this.#writes.run(finishJobs, {
      ...held(job),
      ...endingFields(ending),
      at,
      next: nextRun(job, ending),
      reason: 'error' in ending ? storable(ending.error.message) : undefined,
    })
    this.#held.drop(job)
    return saved
  }

  async progress(job: ClaimedJob, percent: number): Promise<void> {
    await this.#writes.run(noteProgress, { ...held(job), percent })
  }

  async release(jobs: readonly ClaimedJob[]): Promise<void> {
    await Promise.all(jobs.map((job) => this.#writes.run(releaseJobs, held(job))))
    for (const job of jobs) this.#held.drop(job)
  }

  async nextRun(names: readonly string[]): Promise<Date | undefined> {
    const wait = await this.#reads.run(nextDue, names)
    return wait === undefined ? undefined : new Date(Date.now() + wait)
  }

  revoke(id: string, repeats: boolean): Promise<boolean> {
    return this.#did(revokeJob, id, repeats)
  }

  terminate(id: string): Promise<boolean> {
    return this.#did(terminateJob, id)
  }

  rerun(id: string, at: Date): Promise<boolean> {
    return this.#did(rerunJob, id, at)
  }

  async guard(guarding: Guarding): Promise<() => Promise<void>> {
    const guard = new PostgresGuard(this.#database, this.#held, guarding)
    return withPulse(guard, require.resolve('./keeper'), this.#url, guarding)
  }

  list(filter: JobFilter, page: { limit: number; offset: number }): Promise<ListedJob[]> {
    return listJobs(this.#database, filter, page)
  }

  stats(): Promise<TaskCounts[]> {
    return countJobs(this.#database)
  }

  purge(filter: JobFilter): Promise<number> {
    return purgeJobs(this.#database, filter)
  }

  async ping(): Promise<void> {
    await this.#database.query(ping)
  }

  workers(): Promise<WorkerRecord[]> {
    return listWorkers(this.#database)
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  failure(error: unknown): unknown {
    return this.#database.failure(error)
  }

  async #did(sql: Statement, id: string, ...values: unknown[]): Promise<boolean> {
    if (!isId(id)) return false
    return (await this.#database.query(sql, id, ...values)).length > 0
  }

  async #noteFollowing({ following: at, ...job }: ClaimedJob): Promise<void> {
    if (at) await this.#writes.run(noteFollowing, { ...held(job), at })
  }
}

// A server that only reads has not answered.
const ping = statement('delete from agenda_workers where id is null')

function held({ _id, claim }: Pick<ClaimedJob, '_id' | 'claim'>): { id: string; claim: string } {
  return { id: String(_id), claim }
}
