import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobStoreContract, type TestStore } from './job-store'

async function inFolder(settings: (folder: string) => TestStore['settings']): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-jobs-'))
  return { settings: settings(folder), drop: () => rm(folder, { recursive: true }) }
}

jobStoreContract(
  'sqlite:',
  () => inFolder((folder) => ({ AGENDA_URL: `sqlite:${folder}/jobs.sqlite3` })),
  { skip: false },
)

jobStoreContract(
  'sqlite: with results in another file',
  () =>
    inFolder((folder) => ({
      AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`,
      AGENDA_RESULTS_URL: `sqlite:${folder}/results.sqlite3`,
    })),
  { skip: false },
)
