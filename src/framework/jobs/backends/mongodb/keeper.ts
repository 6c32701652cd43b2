import { keepInSilence } from '../pulse/keeper'
import { MongoConnection } from './connection'
import { earliest } from './indexes'
import { workersOf } from './workers'

/** The thread that keeps what a worker holds while that worker's own thread is blocked. */
keepInSilence((url) => {
  const connection = new MongoConnection(url, 'job store')
  return async (worker) => {
    const alive = { $currentDate: { seenAt: true } } as const
    await connection.answered(workersOf(connection).updateOne({ _id: worker }, alive))
    const held = { lockedAt: { $gt: earliest }, 'run.worker': worker }
    const lock = [{ $set: { lockedAt: '$$NOW' } }]
    await connection.answered(connection.jobs.updateMany(held, lock))
  }
})
