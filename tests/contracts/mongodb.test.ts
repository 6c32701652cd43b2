import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, skipWithout } from '../support/servers'
import { jobStoreContract } from './job-store'

jobStoreContract(
  'mongodb:',
  async () => {
    const { url, drop } = await freshDatabase('mongodb')
    return { settings: { AGENDA_URL: url }, drop }
  },
  { skip: skipWithout('mongodb') },
)

jobStoreContract(
  'sqlite: with results in mongodb:',
  async () => {
    const { url, drop } = await freshDatabase('mongodb')
    const folder = await mkdtemp(join(tmpdir(), 'atelier-jobs-'))
    return {
      settings: { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, AGENDA_RESULTS_URL: url },
      drop: async () => {
        await rm(folder, { recursive: true })
        await drop()
      },
    }
  },
  { skip: skipWithout('mongodb') },
)
