import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, skipWithout } from '../support/servers'
import { jobStoreContract } from './job-store'

jobStoreContract(
  'postgres:',
  async () => {
    const { url, drop } = await freshDatabase('postgres')
    return { settings: { AGENDA_URL: url }, drop }
  },
  { skip: skipWithout('postgres') },
)

jobStoreContract(
  'sqlite: with results in postgres:',
  async () => {
    const { url, drop } = await freshDatabase('postgres')
    const folder = await mkdtemp(join(tmpdir(), 'atelier-jobs-'))
    return {
      settings: { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, AGENDA_RESULTS_URL: url },
      drop: async () => {
        await rm(folder, { recursive: true })
        await drop()
      },
    }
  },
  { skip: skipWithout('postgres') },
)
