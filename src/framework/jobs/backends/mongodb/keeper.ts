import { keepInSilence } from '../pulse/keeper'
import { MongoConnection } from './connection'
import { earliest } from './indexes'
import { workersOf } from './workers'

/** The thread that keeps what a worker holds while that worker's own thread is blocked. */
keepInSilence((url) => {
  const connection = new MongoConnection(url, 'job store')
  return async (worker) => {
    await workersOf(connection).updateOne({ _id: worker }, { $currentDate: { seenAt: true } })
    const held = { lockedAt: { $gt: earliest }, 'run.worker': worker }
    await connection.jobs.updateMany(held, [{ $set: { lockedAt: '$$NOW' } }])
  }
})
