import { randomUUID } from 'node:crypto'
import { MongoJobRepository } from '@agendajs/mongo-backend'
import type {
  JobId,
  JobParameters,
  JobRepositoryOptions,
  JobsOverview,
  JobsQueryOptions,
  JobsResult,
  RemoveJobsOptions,
} from 'agenda'
import type { Collection, Document } from 'mongodb'
import { LockLostError } from '../../../errors'
import type { MongoConnection } from './connection'
import { type JobDocument, toJob, toObjectId } from './documents'
import { waiting } from './due'
import { stateOf, toFilter, toOrder } from './filter'
import { earliest } from './indexes'
import { saveJob } from './save'
import { changeOf } from './steps'

/** A job as Agenda carries it, with the token of the claim under which somebody holds it. */
export type StoredJob = JobParameters & { claim?: string }

/**
 * Agenda's own repository for MongoDB, with its documents. What would lose a race, take a job from
 * the worker that runs it, or load every job is done otherwise.
 */
export class MongoRepository extends MongoJobRepository {
  readonly #connection: MongoConnection

  constructor(connection: MongoConnection) {
    super({ mongo: connection.db, ensureIndex: false })
    this.#connection = connection
    this.collection = connection.jobs as never
  }

  override connect(): Promise<void> {
    return this.#connection.open()
  }

  override async getJobById(id: string): Promise<StoredJob | null> {
    const job = await this.#jobs.findOne({ _id: toObjectId(id) } as Document)
    return job ? toJob(job) : null
  }

  override async queryJobs(options: JobsQueryOptions = {}): Promise<JobsResult> {
    const now = this.#connection.now()
    const filter = toFilter(options, now)
    const { skip = 0, limit = 0, sort } = options
    const page: Document[] = [{ $match: filter }, { $sort: toOrder(sort) }, { $skip: skip }]
    if (limit > 0) page.push({ $limit: limit })
    page.push({ $set: { state: stateOf(now) } })
    const [found, total] = await Promise.all([
      this.#jobs.aggregate<JobDocument & { state: string }>(page).toArray(),
      this.#jobs.countDocuments(filter),
    ])
    const jobs = found.map((job) => ({ ...toJob(job), state: job.state }))
    return { jobs, total } as JobsResult
  }

  override getJobsOverview(): Promise<JobsOverview[]> {
    const is = (state: string) => ({ $sum: { $cond: [{ $eq: ['$state', state] }, 1, 0] } })
    const states = ['running', 'scheduled', 'queued', 'completed', 'failed', 'repeating']
    const counts = Object.fromEntries(states.map((state) => [state, is(state)]))
    const paused = { $sum: { $cond: [{ $eq: ['$disabled', true] }, 1, 0] } }
    return this.#jobs
      .aggregate<JobsOverview>([
        { $project: { name: 1, disabled: 1, state: stateOf(this.#connection.now()) } },
        { $group: { _id: '$name', total: { $sum: 1 }, ...counts, paused } },
        { $set: { name: '$_id' } },
        { $unset: '_id' },
        { $sort: { name: 1 } },
      ])
      .toArray()
  }

  override async saveJob<DATA = unknown>(
    job: JobParameters<DATA>,
    options: JobRepositoryOptions | undefined,
  ): Promise<JobParameters<DATA>> {
    const saved = await saveJob(this.#connection, job as JobParameters, options?.lastModifiedBy)
    return saved as JobParameters<DATA>
  }

  /** @throws LockLostError when another worker has claimed the job since */
  override async saveJobState(
    job: StoredJob,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    const { name, claim, lockedAt, nextRunAt, lastRunAt, lastFinishedAt, failedAt } = job
    const { progress, failReason, failCount } = job
    const times = { lockedAt, nextRunAt, lastRunAt, lastFinishedAt, failedAt }
    const state = { ...times, progress, failReason, failCount }
    const values = Object.entries(state).map(([field, value]) => [field, value ?? null])
    const $set = { ...Object.fromEntries(values), lastModifiedBy: options?.lastModifiedBy ?? null }
    const mine = { _id: toObjectId(String(job._id)), name, ...(claim && { 'run.claim': claim }) }
    const { matchedCount } = await this.#jobs.updateOne(mine as Document, { $set })
    if (matchedCount !== 1) throw new LockLostError(name, String(job._id))
  }

  /** A job whose lock has expired goes first: it has waited longest. */
  override async getNextJobToRun(
    name: string,
    nextScanAt: Date,
    lockDeadline: Date,
    _now: Date | undefined,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    const expired = { lockedAt: { $gt: earliest, $lte: lockDeadline }, disabled: { $ne: true } }
    const due = { ...waiting, nextRunAt: { $gt: earliest, $lte: nextScanAt } }
    return (
      (await this.#lock({ name, ...expired }, { lockedAt: 1 }, options)) ??
      (await this.#lock({ name, ...due }, { priority: -1, nextRunAt: 1 }, options))
    )
  }

  override async lockJob(
    { _id, name, nextRunAt }: JobParameters,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    const due = nextRunAt ? { nextRunAt } : {}
    return this.#lock({ _id: toObjectId(String(_id)), name, ...waiting, ...due }, {}, options)
  }

  override async unlockJob({ _id, claim }: StoredJob): Promise<void> {
    const mine = claim ? { 'run.claim': claim } : {}
    const held = { _id: toObjectId(String(_id)), nextRunAt: { $ne: null }, ...mine }
    await this.#jobs.updateOne(held as Document, { $set: { lockedAt: null } })
  }

  override async unlockJobs(jobIds: (JobId | string)[]): Promise<void> {
    const ids = jobIds.flatMap((id) => toObjectId(String(id)) ?? [])
    await this.#jobs.updateMany({ _id: { $in: ids } }, { $set: { lockedAt: null } })
  }

  override removeJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#each(options, async (filter) => (await this.#jobs.deleteMany(filter)).deletedCount)
  }

  override disableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#each(options, (filter) => this.#set(filter, { disabled: true }))
  }

  /** Workers are told of each name; what was revoked stays so. */
  override enableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#each(options, async (filter) => {
      const meant = { $and: [filter, { 'run.state': { $ne: 'REVOKED' } }] }
      const names = await this.#jobs.distinct('name', meant)
      const enable = (name: string) => {
        const change = changeOf('sent', { name, written: this.#connection.now() })
        return this.#set({ ...meant, name }, { disabled: false, change })
      }
      const enabled = await Promise.all(names.map(enable))
      return enabled.reduce((sum, count) => sum + count, 0)
    })
  }

  get #jobs(): Collection<JobDocument> {
    return this.#connection.jobs
  }

  async #lock(
    filter: Document,
    sort: Record<string, 1 | -1>,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    const claim = randomUUID()
    const lock = { lockedAt: this.#connection.now(), 'run.claim': claim }
    const $set = { ...lock, lastModifiedBy: options?.lastModifiedBy ?? null }
    const after = { sort, returnDocument: 'after' } as const
    const locked = await this.#jobs.findOneAndUpdate(filter, { $set }, after)
    return locked ? Object.assign(toJob(locked), { claim }) : undefined
  }

  async #set(filter: Document, $set: Document): Promise<number> {
    return (await this.#jobs.updateMany(filter, { $set })).matchedCount
  }

  /** Without any condition none: that would be all jobs by mistake. */
  async #each(
    options: RemoveJobsOptions,
    work: (filter: Document) => Promise<number>,
  ): Promise<number> {
    const filter = toFilter(options, this.#connection.now())
    return Object.keys(filter).length === 0 ? 0 : work(filter)
  }
}
