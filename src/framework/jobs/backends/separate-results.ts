import { WorkerLostError } from '../../errors'
import { storeError } from '../failure'
import type { Ending, Results, Step } from '../results'
import type { ClaimedJob, Guarding, JobStore, ListedJob, Rescued, Wish } from './contract'

const pruneEvery = 30_000

/**
 * The same job store, with what it knows of results written to another store as well, where it is
 * read; changes are still followed in the job store. An end is written there first: should the process
 * end between the two, the job runs again, and nothing is lost.
 */
export function withResults(store: JobStore, results: Results): JobStore {
  const changed: Partial<JobStore> = {
    results: forwarding(results, {
      renew: async (job, from) => {
        await store.results.renew(job, from)
        return results.renew(job, from)
      },
    }),
    open: () => both(store.open(), results.open()),
    close: () => both(store.close(), results.close()),
    failure: (error) => results.failure(store.failure(error)),
    claim: (wish) => claim(store, results, wish),
    finish: async (job, ending, at) => {
      const step: Step = { kind: 'finish', claim: job.claim, ending, at }
      const applied = await results.apply(named(job), step)
      return applied && store.finish(job, withoutResult(ending), at)
    },
    release: async (jobs) => {
      await store.release(jobs)
      await each(jobs, (job) => giveBack(store, results, job))
    },
    revoke: async (id, repeats) => {
      const job = await store.find(id)
      const revoked = job && (await results.revoke({ id, name: job.name }, repeats))
      return (revoked || repeats) && store.revoke(id, repeats)
    },
    rerun: async (id, at) => {
      const job = await store.find(id)
      if (job) await results.renew({ id, name: job.name }, ['SUCCESS', 'FAILURE', 'REVOKED'])
      return store.rerun(id, at)
    },
    guard: (guarding) => guard(store, results, guarding),
    list: (filter, page) => list(store, results, filter, page),
  }
  return forwarding(store, changed)
}

async function claim(store: JobStore, results: Results, wish: Wish): Promise<ClaimedJob[]> {
  const jobs = await store.claim(wish)
  const begun = jobs.map(async (job) => {
    const at = job.lastRunAt ?? new Date()
    const step: Step = { kind: 'start', claim: job.claim, worker: wish.worker, at }
    if (await results.apply(named(job), step)) return [job]
    // Its result says that it was revoked: that was cut short.
    await store.finish(job, { state: 'REVOKED' }, new Date())
    return []
  })
  return (await Promise.all(begun)).flat()
}

/** A job whose end somebody asked for is revoked instead: the job store has decided. */
async function giveBack(store: JobStore, results: Results, job: ClaimedJob): Promise<void> {
  const { claim } = job
  const { id, name } = named(job)
  const outcome = await store.results.find(id)
  const ending: Ending = { state: 'REVOKED' }
  const step: Step =
    outcome?.state === 'REVOKED'
      ? { kind: 'finish', claim, ending, at: new Date() }
      : { kind: 'release', claim }
  await results.apply({ id, name }, step)
}

async function list(
  store: JobStore,
  results: Results,
  ...meant: Parameters<JobStore['list']>
): Promise<ListedJob[]> {
  const listed = await store.list(...meant)
  const outcomes = listed.map(({ parameters }) => results.find(String(parameters._id)))
  const found = await Promise.all(outcomes)
  return listed.map((job, index) => ({ ...job, outcome: found[index] ?? job.outcome }))
}

async function guard(
  store: JobStore,
  results: Results,
  guarding: Guarding,
): Promise<() => Promise<void>> {
  const failed = (error: unknown) => guarding.failed(results.failure(error) as Error)
  const prune = () => results.prune(new Date(Date.now() - guarding.resultExpires)).catch(failed)
  const timer = setInterval(prune, pruneEvery)
  const end = await store.guard({
    ...guarding,
    rescued: (jobs) => {
      each(jobs, (job) => results.apply(job, rescueStep(job, guarding.maxCrashes))).catch(failed)
      guarding.rescued(jobs)
    },
  })
  return async () => {
    clearInterval(timer)
    await end()
  }
}

function rescueStep({ claim, state }: Rescued, maxCrashes: number): Step {
  if (state === 'PENDING') return { kind: 'release', claim }
  const error = storeError(new WorkerLostError(maxCrashes))
  const ending: Ending = state === 'FAILURE' ? { state, error } : { state }
  return { kind: 'finish', claim, ending, at: new Date() }
}

/** The job store need not keep what is kept elsewhere. */
function withoutResult(ending: Ending): Ending {
  return ending.state === 'SUCCESS' ? { state: 'SUCCESS' } : ending
}

function named({ _id, name }: ClaimedJob): { id: string; name: string } {
  return { id: String(_id), name }
}

async function both(...work: Promise<void>[]): Promise<void> {
  await Promise.all(work)
}

async function each<T>(list: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  await Promise.all(list.map(work))
}

/** The same object with some of its members changed. */
function forwarding<T extends object>(whole: T, changed: Partial<T>): T {
  return new Proxy(whole, {
    get(_, key) {
      if (key in changed) return Reflect.get(changed, key)
      const member: unknown = Reflect.get(whole, key)
      return typeof member === 'function' ? member.bind(whole) : member
    },
    set: (_, key, value) => Reflect.set(changed, key, value),
  })
}
