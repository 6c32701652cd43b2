import { MongoJobLogger } from '@agendajs/mongo-backend'
import type { JobParameters } from 'agenda'
import { type Document, ObjectId } from 'mongodb'
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
import { Held } from '../held'
import { withPulse } from '../pulse/pulse'
import { WakeChannel } from '../wake'
import { addJob } from './add'
import { MongoBatch } from './batch'
import { MongoChanges } from './changes'
import { claimDue } from './claim'
import { MongoConnection } from './connection'
import { type JobDocument, toJob, toObjectId } from './documents'
import { nextDue } from './due'
import { finishing, progressing, releasing } from './finish'
import { MongoGuard } from './guard'
import { countJobs, listJobs, purgeJobs } from './list'
import { MongoReads } from './reads'
import { MongoRepository } from './repository'
import { MongoResults } from './results'
import { changeOf, renewed } from './steps'
import { readWorkers } from './workers'

/** Jobs in MongoDB, in the collection of Agenda's own backend; each with its result in one document. */
export class MongoStore implements JobStore {
  readonly name = 'MongoDB'
  readonly repository: MongoRepository
  readonly channel: WakeChannel
  readonly logger: MongoJobLogger
  readonly results: MongoResults
  readonly #connection: MongoConnection
  readonly #batch: MongoBatch
  readonly #reads: MongoReads<JobDocument>
  readonly #changes: MongoChanges
  readonly #held = new Held()
  readonly #url: StoreUrl

  constructor(url: StoreUrl) {
    this.#url = url
    this.#connection = new MongoConnection(url, 'job store')
    this.#batch = new MongoBatch(this.#connection)
    this.#reads = new MongoReads(this.#connection)
    this.#changes = new MongoChanges(this.#connection)
    this.repository = new MongoRepository(this.#connection)
    this.results = new MongoResults(this.#connection, this.#batch, this.#changes)
    this.channel = new WakeChannel(this.results)
    this.logger = new MongoJobLogger({ db: this.#connection.db })
  }

  get polls(): string | undefined {
    return this.#connection.isReplicated ? undefined : alone
  }

  open(): Promise<void> {
    return this.#connection.open()
  }

  close(): Promise<void> {
    return this.results.close()
  }

  newId(): string {
    return new ObjectId().toHexString()
  }

  add(jobs: readonly NewJob[]): Promise<string[]> {
    return Promise.all(jobs.map((job) => addJob(this.#connection, this.#batch, job)))
  }

  async find(id: string): Promise<JobParameters | undefined> {
    const document = await this.#read(id)
    return document && toJob(document)
  }

  async claim(wish: Wish): Promise<ClaimedJob[]> {
    const claims = claimDue(this.#connection.jobs, wish, this.#connection.now())
    const jobs = await this.#connection.answered(claims)
    this.#held.add(wish.worker, jobs)
    return jobs
  }

  async finish(job: ClaimedJob, ending: Ending, at: Date): Promise<boolean> {
    const saved = await this.#batch.write(finishing(job, ending, at, this.#connection.now()))
    this.#held.drop(job)
    return saved
  }

  async progress(job: ClaimedJob, percent: number): Promise<void> {
    await this.#batch.write(progressing(job, percent, this.#connection.now()))
  }

  async release(jobs: readonly ClaimedJob[]): Promise<void> {
    const writes = jobs.map((job) => this.#batch.write(releasing(job, this.#connection.now())))
    await Promise.all(writes)
    for (const job of jobs) this.#held.drop(job)
  }

  async nextRun(names: readonly string[]): Promise<Date | undefined> {
    const next = await this.#connection.answered(nextDue(this.#connection.jobs, names))
    return next && new Date(next.getTime() - this.#connection.ahead)
  }

  async revoke(id: string, repeats: boolean): Promise<boolean> {
    const job = await this.#read(id)
    if (!job) return false
    if (await this.results.revoke({ id, name: job.name }, repeats)) return true
    return repeats && this.#change(job, {}, { $set: { disabled: true } })
  }

  async terminate(id: string): Promise<boolean> {
    const job = await this.#read(id)
    if (!job) return false
    const change = changeOf('terminating', this.#about(job))
    const update = { $set: { 'run.terminating': true, change } }
    return this.#change(job, { lockedAt: { $ne: null } }, update)
  }

  async rerun(id: string, at: Date): Promise<boolean> {
    const job = await this.#read(id)
    if (!job) return false
    const over = { 'run.state': { $in: ['SUCCESS', 'FAILURE', 'REVOKED'] } }
    const ended = [{ nextRunAt: null }, { disabled: true, repeatInterval: null, ...over }]
    const change = changeOf('sent', this.#about(job))
    const due = { ...renewed.$set, nextRunAt: at, disabled: false, failReason: null, change }
    const update = { $set: due, $unset: { ...renewed.$unset, 'run.crashes': 1 } }
    return this.#change(job, { lockedAt: null, $or: ended }, update)
  }

  async guard(guarding: Guarding): Promise<() => Promise<void>> {
    const guard = new MongoGuard(this.#connection, this.#batch, this.#held, guarding)
    return withPulse(guard, require.resolve('./keeper'), this.#url, guarding)
  }

  list(filter: JobFilter, page: { limit: number; offset: number }): Promise<ListedJob[]> {
    return listJobs(this.#connection.jobs, filter, page)
  }

  stats(): Promise<TaskCounts[]> {
    return countJobs(this.#connection.jobs)
  }

  purge(filter: JobFilter): Promise<number> {
    return purgeJobs(this.#connection.jobs, filter)
  }

  async ping(): Promise<void> {
    await this.#connection.greet()
  }

  workers(): Promise<WorkerRecord[]> {
    return readWorkers(this.#connection)
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  failure(error: unknown): unknown {
    return this.#connection.failure(error)
  }

  async #read(id: string): Promise<JobDocument | undefined> {
    const key = toObjectId(id)
    return key && this.#reads.find(key)
  }

  #about({ name }: JobDocument) {
    return { name, written: this.#connection.now() }
  }

  async #change({ _id }: JobDocument, filter: Document, update: Document): Promise<boolean> {
    const { matchedCount } = await this.#connection.jobs.updateOne({ _id, ...filter }, update)
    return matchedCount === 1
  }
}

const alone =
  'The MongoDB server is not part of a replica set, so it tells of no changes and is asked again ' +
  'and again: jobs of other processes begin by AGENDA_PROCESS_EVERY at the latest.'
