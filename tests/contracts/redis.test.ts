import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshRedis, skipWithout } from '../support/servers'
import { jobStoreContract } from './job-store'

jobStoreContract(
  'redis:',
  async () => {
    const { url, drop } = await freshRedis()
    return { settings: { AGENDA_URL: url }, drop }
  },
  { skip: skipWithout('redis') },
)

jobStoreContract(
  'sqlite: with results in redis:',
  async () => {
    const { url, drop } = await freshRedis()
    const folder = await mkdtemp(join(tmpdir(), 'atelier-jobs-'))
    return {
      settings: { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, AGENDA_RESULTS_URL: url },
      drop: async () => {
        await rm(folder, { recursive: true })
        await drop()
      },
    }
  },
  { skip: skipWithout('redis') },
)
