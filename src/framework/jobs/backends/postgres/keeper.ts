import { keepInSilence } from '../pulse/keeper'
import { PostgresDatabase } from './connection'
import { keepAll } from './rescue'

/** The thread that keeps what a worker holds while that worker's own thread is blocked. */
keepInSilence((url) => {
  const database = new PostgresDatabase(url, 'job store')
  return (worker) => database.query(keepAll, worker)
})
