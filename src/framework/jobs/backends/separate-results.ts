import type { Results } from '../results'
import type { JobStore } from './contract'
import { revokeInTwo, saveInTwo } from './in-two'

/** The same job store with its results in another store. */
export function withResults(store: JobStore, results: Results): JobStore {
  return {
    name: store.name,
    repository: store.repository,
    channel: store.channel,
    results,
    open: async () => {
      await Promise.all([store.open(), results.open()])
    },
    close: async () => {
      await Promise.all([store.close(), results.close()])
    },
    find: (id) => store.find(id),
    save: (job, step, options) => saveInTwo(store.repository, results, job, step, options),
    extend: (jobs) => store.extend(jobs),
    nextRun: (name) => store.nextRun(name),
    revoke: (id, repeats) => revokeInTwo(store.repository, results, id, repeats),
    failure: (error) => results.failure(store.failure(error)),
    release: async (jobs) => {
      await store.release(jobs)
      const steps = jobs.map(({ _id, claim = '' }) =>
        results.apply(String(_id), { kind: 'release', claim }),
      )
      await Promise.all(steps)
    },
  }
}
