import { type FreshDatabase, freshDatabase, skipWithout } from '../../../support/servers'
import { dialectContract } from './contract'

let place: FreshDatabase

dialectContract('MariaDB', {
  connect: async () => {
    place = await freshDatabase('mysql')
    return { client: 'mysql2', connection: place.url }
  },
  drop: () => place.drop(),
  skip: skipWithout('mysql'),
})
