import { randomUUID } from 'node:crypto'
import { RedisJobLogger } from '@agendajs/redis-backend'
import type { JobParameters } from 'agenda'
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
import { RedisBatch } from './batch'
import { RedisChanges } from './changes'
import { RedisConnection } from './connection'
import { RedisGuard } from './guard'
import { countJobs, listJobs, purgeJobs } from './list'
import { RedisRepository } from './repository'
import { RedisResults } from './results'
import { type Flat, toJob } from './rows'

type Claimed = [claim: string, attempts: number, retries: number, job: Flat]

/** Jobs in Redis, in the keys of Agenda's own backend; results and workers beside them. */
export class RedisStore implements JobStore {
  readonly name = 'Redis'
  readonly repository: RedisRepository
  readonly channel: WakeChannel
  readonly logger: RedisJobLogger
  readonly results: RedisResults
  readonly #connection: RedisConnection
  readonly #batch: RedisBatch
  readonly #changes: RedisChanges
  readonly #held = new Held()
  readonly #url: StoreUrl

  constructor(url: StoreUrl) {
    this.#url = url
    this.#connection = new RedisConnection(url, 'job store')
    this.#batch = new RedisBatch(this.#connection)
    this.#changes = new RedisChanges(this.#connection)
    this.repository = new RedisRepository(this.#connection, this.#batch)
    this.results = new RedisResults(this.#connection, this.#batch, this.#changes)
    this.channel = new WakeChannel(this.results)
    const { client: redis, prefix: keyPrefix } = this.#connection
    this.logger = new RedisJobLogger({ redis, keyPrefix })
  }

  open(): Promise<void> {
    return this.#connection.open()
  }

  close(): Promise<void> {
    return this.results.close()
  }

  newId(): string {
    return newId()
  }

  add(jobs: readonly NewJob[]): Promise<string[]> {
    return this.#batch.run({ do: 'add', jobs: jobs.map(toStored) }, jobs.length)
  }

  async find(id: string): Promise<JobParameters | undefined> {
    return toJob(await this.#batch.run<Flat>({ do: 'find', id }))
  }

  async claim({ tasks, total, worker, following }: Wish): Promise<ClaimedJob[]> {
    const order = { tasks: [...tasks], total, worker, claim: randomUUID(), at: Date.now() }
    const claimed = await this.#batch.run<Claimed[]>({ do: 'claim', ...order }, total)
    const jobs = claimed.map(([claim, attempts, retries, flat]) => {
      const job = toJob(flat) as JobParameters
      const next = following(job, job.lastRunAt ?? new Date())
      return Object.assign(job, { claim, attempts, retries, following: next })
    })
    this.#held.add(worker, jobs)
    await Promise.all(jobs.map((job) => this.#noteFollowing(job)))
    return jobs
  }

  async finish(job: ClaimedJob, ending: Ending, at: Date): Promise<boolean> {
    const saved = await this.#batch.run({
      do: 'finish',
      ...named(job),
      ...endingFields(ending),
      at: at.getTime(),
      next: nextRun(job, ending)?.toISOString(),
      reason: 'error' in ending ? ending.error.message : undefined,
    })
    this.#held.drop(job)
    return saved === 1
  }

  async progress(job: ClaimedJob, percent: number): Promise<void> {
    await this.#batch.run({ do: 'progress', ...named(job), percent })
  }

  async release(jobs: readonly ClaimedJob[]): Promise<void> {
    await this.#batch.run({ do: 'release', jobs: jobs.map(named) }, jobs.length)
    for (const job of jobs) this.#held.drop(job)
  }

  async nextRun(names: readonly string[]): Promise<Date | undefined> {
    const wait = await this.#batch.run<string | undefined>({ do: 'nextRun', names })
    return wait === undefined ? undefined : new Date(Date.now() + Number(wait))
  }

  async revoke(id: string, repeats: boolean): Promise<boolean> {
    return (await this.#batch.run({ do: 'revoke', id, repeats })) === 1
  }

  async terminate(id: string): Promise<boolean> {
    return (await this.#batch.run({ do: 'terminate', id })) === 1
  }

  async rerun(id: string, at: Date): Promise<boolean> {
    return (await this.#batch.run({ do: 'rerun', id, nextRunAt: at.toISOString() })) === 1
  }

  async guard(guarding: Guarding): Promise<() => Promise<void>> {
    const guard = new RedisGuard(this.#connection, this.#batch, this.#held, guarding)
    return withPulse(guard, require.resolve('./keeper'), this.#url, guarding)
  }

  list(filter: JobFilter, page: { limit: number; offset: number }): Promise<ListedJob[]> {
    return listJobs(this.#batch, filter, page)
  }

  stats(): Promise<TaskCounts[]> {
    return countJobs(this.#batch)
  }

  purge(filter: JobFilter): Promise<number> {
    return purgeJobs(this.#batch, filter)
  }

  async ping(): Promise<void> {
    await this.#batch.run({ do: 'ping' })
  }

  async workers(): Promise<WorkerRecord[]> {
    const rows = await this.#batch.run<[record: string, seenAt: string][]>({ do: 'workers' })
    const workers = rows.map(([record, seenAt]) => {
      const { id, host, pid, concurrency, startedAt } = JSON.parse(record) as WorkerRecord
      const times = { startedAt: new Date(startedAt), seenAt: new Date(Number(seenAt)) }
      return { id, host, pid, concurrency, ...times }
    })
    return workers.sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  failure(error: unknown): unknown {
    return this.#connection.failure(error)
  }

  /** For whoever takes the job over, should this process die. */
  async #noteFollowing(job: ClaimedJob): Promise<void> {
    if (!job.following) return
    const following = job.following.toISOString()
    await this.#batch.run({ do: 'following', ...named(job), following })
  }
}

function toStored({ id, name, data, nextRunAt, priority, unique }: NewJob) {
  const due = { nextRunAt: nextRunAt.toISOString(), at: nextRunAt.getTime() }
  const once = unique && { unique: unique.key, till: unique.until?.getTime() }
  return { id, name, priority: String(priority), data: JSON.stringify(data), ...due, ...once }
}

function named({ _id, name, claim }: ClaimedJob): { id: string; name: string; claim: string } {
  return { id: String(_id), name, claim }
}
