import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisJobRepository } from '@agendajs/redis-backend'
import type {
  JobId,
  JobParameters,
  JobRepositoryOptions,
  JobsOverview,
  JobsQueryOptions,
  JobsResult,
  RemoveJobsOptions,
} from 'agenda'
import { LockLostError } from '../../../errors'
import { rhythmOf } from '../rhythm'
import type { RedisBatch } from './batch'
import type { RedisConnection } from './connection'
import { overviewOf, queryJobs } from './query'
import { type Flat, type StoredJob, toJob } from './rows'

const reservedFor = 5_000
const atOnce = 500

/**
 * Agenda's own repository for Redis, with its keys. What would leave our sets behind, lose a race
 * or look at every job of a name is done by scripts instead.
 */
export class RedisRepository extends RedisJobRepository {
  readonly #connection: RedisConnection
  readonly #batch: RedisBatch

  constructor(connection: RedisConnection, batch: RedisBatch) {
    super({ redis: connection.client, keyPrefix: connection.prefix })
    this.#connection = connection
    this.#batch = batch
  }

  override connect(): Promise<void> {
    return this.#connection.open()
  }

  override getDistinctJobNames(): Promise<string[]> {
    return this.#batch.run<string[]>({ do: 'names' }).then((names) => names.sort())
  }

  override getQueueSize(): Promise<number> {
    return this.#batch.run({ do: 'queueSize' })
  }

  override async getJobById(id: string): Promise<StoredJob | null> {
    return toJob(await this.#batch.run<Flat>({ do: 'find', id })) ?? null
  }

  override async queryJobs(options: JobsQueryOptions = {}): Promise<JobsResult> {
    const { id, ids, name, names } = options
    const some = id || ids?.length || name || names?.length
    const meant = some ? await this.#named(options) : await this.#members('jobs:all')
    return queryJobs(this.#batch, meant, options)
  }

  override async getJobsOverview(): Promise<JobsOverview[]> {
    return overviewOf(this.#batch, await this.#members('jobs:all'))
  }

  /** A job that is declared again keeps the slot that it waits for, and its pause. */
  override async saveJob<DATA>(
    job: JobParameters<DATA>,
    options: JobRepositoryOptions | undefined,
  ): Promise<JobParameters<DATA>> {
    if (job._id) return this.#save(await this.#paused(job), options)
    if (job.type === 'single')
      return this.#alone(job.name, async () => this.#save(await this.#declared(job), options))
    return job.unique
      ? this.#alone(job.name, () => this.#save(job, options))
      : this.#save(job, options)
  }

  /** @throws LockLostError when another worker has claimed the job since */
  override async saveJobState(
    job: StoredJob,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    const id = String(job._id)
    const fields = { ...stateOf(job), lastModifiedBy: options?.lastModifiedBy ?? 'null' }
    const { claim, name } = job
    const saved = await this.#batch.run({ do: 'saveState', id, name, claim, fields })
    if (saved !== 1) throw new LockLostError(name, id)
  }

  override async getNextJobToRun(
    name: string,
    nextScanAt: Date,
    lockDeadline: Date,
    _now: Date | undefined,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    const [scan, deadline] = [nextScanAt.getTime(), lockDeadline.getTime()]
    return this.#lock({ do: 'next', name, scan, deadline, by: options?.lastModifiedBy })
  }

  override async lockJob(
    { _id, name, nextRunAt }: JobParameters,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    const job = { id: String(_id), name, nextRunAt: nextRunAt?.toISOString() }
    return this.#lock({ do: 'lock', ...job, by: options?.lastModifiedBy })
  }

  override async unlockJob({ _id, claim }: StoredJob): Promise<void> {
    await this.#batch.run({ do: 'unlock', ids: [String(_id)], claim, always: false })
  }

  override async unlockJobs(jobIds: (JobId | string)[]): Promise<void> {
    await this.#batch.run({ do: 'unlock', ids: jobIds.map(String), always: true })
  }

  override async removeJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#each(await this.#meant(options), { do: 'remove' })
  }

  override async disableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#each(await this.#meant(options), { do: 'disable', disabled: 'true' })
  }

  override async enableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#each(await this.#meant(options), { do: 'disable', disabled: 'false' })
  }

  override async purgeAllJobs(): Promise<number> {
    return this.#each(await this.#members('jobs:all'), { do: 'remove' })
  }

  async #save<DATA>(
    job: JobParameters<DATA>,
    options: JobRepositoryOptions | undefined,
  ): Promise<JobParameters<DATA>> {
    const saved = await super.saveJob(job, options)
    if (saved._id) await this.#batch.run({ do: 'index', ids: [String(saved._id)] })
    return saved
  }

  async #lock(operation: { do: string; [parameter: string]: unknown }) {
    const flat = await this.#batch.run<Flat | undefined>({ ...operation, claim: randomUUID() })
    return flat && toJob(flat)
  }

  /** A handle that says nothing of a pause does not end it. */
  async #paused<DATA>(job: JobParameters<DATA>): Promise<JobParameters<DATA>> {
    if (job.disabled !== undefined) return job
    const flat = await this.#batch.run<Flat>({ do: 'find', id: String(job._id) })
    return { ...job, disabled: toJob(flat)?.disabled ?? false }
  }

  async #declared<DATA>(job: JobParameters<DATA>): Promise<JobParameters<DATA>> {
    const flat = await this.#batch.run<Flat | undefined>({ do: 'single', name: job.name })
    const existing = flat && toJob(flat)
    if (!existing) return job
    const slot = rhythmOf(job) === rhythmOf(existing) ? existing.nextRunAt : undefined
    const disabled = job.disabled ?? existing.disabled ?? false
    return { ...job, nextRunAt: slot ?? job.nextRunAt, disabled }
  }

  /** Agenda looks first and writes then: of all that save a job of this name, one at a time. */
  async #alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const by = randomUUID()
    while ((await this.#batch.run({ do: 'reserve', name, by, time: reservedFor })) !== 1)
      await sleep(1 + Math.random() * 10)
    try {
      return await work()
    } finally {
      await this.#batch.run({ do: 'free', name, by })
    }
  }

  /** Without any condition none: that would be all jobs by mistake. */
  async #meant(options: RemoveJobsOptions): Promise<string[]> {
    const ids = await this.#named(options)
    if (options.data === undefined) return ids
    const text = JSON.stringify(options.data).slice(1, -1)
    const { client, prefix } = this.#connection
    const all = await Promise.all(ids.map((id) => client.hget(`${prefix}job:${id}`, 'data')))
    return ids.filter((_, index) => all[index]?.includes(text))
  }

  async #named({ id, ids, name, names, notNames, data }: RemoveJobsOptions): Promise<string[]> {
    if (id) return [String(id)]
    if (ids?.length) return ids.map(String)
    if (name) return this.#members(`jobs:by_name:${name}`)
    const others = notNames?.length ? await this.getDistinctJobNames() : []
    const meant = names?.length ? names : others.filter((one) => !notNames?.includes(one))
    if (meant.length > 0) {
      const sets = meant.map((one) => this.#members(`jobs:by_name:${one}`))
      return (await Promise.all(sets)).flat()
    }
    return data === undefined || notNames?.length ? [] : this.#members('jobs:all')
  }

  #members(key: string): Promise<string[]> {
    return this.#connection.client.smembers(this.#connection.prefix + key)
  }

  /** Does something to some jobs at a time. @returns to how many it was done */
  async #each(
    ids: readonly string[],
    operation: { do: string; [parameter: string]: unknown },
  ): Promise<number> {
    let done = 0
    for (let from = 0; from < ids.length; from += atOnce) {
      const some = ids.slice(from, from + atOnce)
      done += await this.#batch.run<number>({ ...operation, ids: some }, some.length)
    }
    return done
  }
}

/** What Agenda writes about a run, as text. */
function stateOf(job: StoredJob): Record<string, string> {
  const time = (date: Date | null | undefined) => date?.toISOString() ?? 'null'
  return {
    lockedAtMs: job.lockedAt ? String(job.lockedAt.getTime()) : 'null',
    nextRunAt: time(job.nextRunAt),
    lastRunAt: time(job.lastRunAt),
    lastFinishedAt: time(job.lastFinishedAt),
    failedAt: time(job.failedAt),
    failReason: job.failReason ?? 'null',
    failCount: String(job.failCount ?? 'null'),
    progress: String(job.progress ?? 'null'),
  }
}
