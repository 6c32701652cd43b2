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
