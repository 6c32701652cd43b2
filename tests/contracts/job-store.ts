import { after, before, describe } from 'node:test'
import type { SettingValues } from '../../src/framework/config'
import { appWith } from '../support/jobs'
import { controlTasks, jobControl } from './job-control'
import { jobProcesses } from './job-processes'
import { jobRepetitions } from './job-repetitions'
import { jobResults } from './job-results'
import { jobSafety } from './job-safety'
import { forget, type MakeApp, tasks } from './tasks'

/** A place for jobs of a test's own, and how to remove it. */
export interface TestStore {
  readonly settings: SettingValues
  drop(): Promise<void>
}

/** What every job store must do, run once per store. */
export function jobStoreContract(
  name: string,
  create: () => Promise<TestStore>,
  options: { skip: string | false },
): void {
  describe(`the job store ${name}`, options, () => {
    let store: TestStore
    const app: MakeApp = (settings = {}) =>
      appWith({ ...tasks, ...controlTasks }, { ...store.settings, ...settings })
    before(async () => {
      forget()
      store = await create()
    })
    after(() => store?.drop())

    jobResults(app)
    jobSafety(app)
    jobControl(app)
    jobRepetitions(app)
    jobProcesses(() => store.settings)
  })
}
