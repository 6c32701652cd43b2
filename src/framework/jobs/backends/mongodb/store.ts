import { MongoBackend, MongoChangeStreamNotificationChannel } from '@agendajs/mongo-backend'
import type { AgendaBackend, JobParameters, JobRepositoryOptions } from 'agenda'
import { ObjectId } from 'mongodb'
import type { StoreUrl } from '../../../config'
import type { Results, Step } from '../../results'
import type { ClaimedJob, JobStore } from '../contract'
import { revokeInTwo, saveInTwo } from '../in-two'
import { WakeChannel } from '../wake'
import { MongoDatabase } from './database'
import { MongoResults } from './results'

const collection = 'agendaJobs'

/** Jobs in MongoDB, through Agenda's own backend; results beside them unless they live elsewhere. */
export class MongoStore implements JobStore {
  readonly name = 'MongoDB'
  readonly repository: AgendaBackend['repository']
  readonly channel: WakeChannel
  readonly results: Results
  readonly #mongo: MongoDatabase
  readonly #backend: MongoBackend
  #stream: MongoChangeStreamNotificationChannel | undefined

  constructor(url: StoreUrl) {
    this.#mongo = new MongoDatabase(url, 'job store')
    this.#backend = new MongoBackend({ mongo: this.#mongo.db, collection })
    this.repository = this.#backend.repository
    this.channel = new WakeChannel(() => this.#stream)
    this.results = new MongoResults(this.#mongo)
  }

  open(): Promise<void> {
    return this.#mongo.open(() => this.#prepare())
  }

  async close(): Promise<void> {
    await this.#mongo.close()
  }

  async find(id: string): Promise<JobParameters | undefined> {
    // The driver throws for text that cannot be an id.
    if (!/^[0-9a-f]{24}$/i.test(id)) return undefined
    return (await this.repository.getJobById(id)) ?? undefined
  }

  async save(
    job: ClaimedJob,
    step: Step,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    await saveInTwo(this.repository, this.results, job, step, options)
  }

  async extend(jobs: readonly ClaimedJob[]): Promise<void> {
    const held = heldOf(jobs)
    await this.#mongo.db.collection(collection).updateMany(held, { $set: { lockedAt: new Date() } })
  }

  async release(jobs: readonly ClaimedJob[]): Promise<void> {
    // Agenda empties nextRunAt when a run begins, so a started job is given a new one.
    const begun = { $gt: ['$lastRunAt', { $ifNull: ['$lastFinishedAt', new Date(0)] }] }
    const nextRunAt = { $cond: [begun, '$$NOW', '$nextRunAt'] }
    const held = heldOf(jobs)
    await this.#mongo.db
      .collection(collection)
      .updateMany(held, [{ $set: { lockedAt: null, nextRunAt } }])
    const released = jobs.map(({ _id, claim = '' }) =>
      this.results.apply(String(_id), { kind: 'release', claim }),
    )
    await Promise.all(released)
  }

  async nextRun(name: string): Promise<Date | undefined> {
    const waiting = { name, disabled: { $ne: true }, lockedAt: null, nextRunAt: { $ne: null } }
    const options = { sort: { nextRunAt: 1 }, projection: { nextRunAt: 1 } } as const
    const next = await this.#mongo.db.collection(collection).findOne(waiting, options)
    return next?.nextRunAt ?? undefined
  }

  revoke(id: string, repeats: boolean): Promise<boolean> {
    return revokeInTwo(this.repository, this.results, id, repeats)
  }

  failure(error: unknown): unknown {
    return this.#mongo.failure(error)
  }

  async #prepare(): Promise<void> {
    await this.#backend.connect()
    const { setName } = await this.#mongo.db.command({ hello: 1 })
    // A standalone server has no change streams; Agenda then polls every AGENDA_PROCESS_EVERY.
    if (setName)
      this.#stream = new MongoChangeStreamNotificationChannel({ db: this.#mongo.db, collection })
  }
}

/** These jobs, as far as the worker that claimed them still has them: a claim leaves its name. */
function heldOf(jobs: readonly ClaimedJob[]) {
  const _id = { $in: jobs.map((job) => new ObjectId(String(job._id))) }
  const owners = [...new Set(jobs.map((job) => job.lastModifiedBy ?? null))]
  return { _id, lockedAt: { $ne: null }, lastModifiedBy: { $in: owners } }
}
