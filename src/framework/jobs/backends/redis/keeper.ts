import { keepInSilence } from '../pulse/keeper'
import { RedisBatch } from './batch'
import { RedisConnection } from './connection'

/** The thread that keeps what a worker holds while that worker's own thread is blocked. */
keepInSilence((url) => {
  const batch = new RedisBatch(new RedisConnection(url, 'job store'))
  return (worker) => batch.run({ do: 'keep', worker })
})
