import { type FreshDatabase, freshDatabase, skipWithout } from '../../../support/servers'
import { dialectContract } from './contract'

let fresh: FreshDatabase

dialectContract('PostgreSQL', {
  connect: async () => {
    fresh = await freshDatabase('postgres')
    return { client: 'pg', connection: fresh.url }
  },
  drop: () => fresh.drop(),
  skip: skipWithout('postgres'),
})
