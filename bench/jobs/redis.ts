import { once } from 'node:events'
import { connect } from 'node:net'

export const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379/15'

const patience = 2_000

/** Whether somebody listens there; a wrong password shows when the first program starts. */
export async function redisAnswers(): Promise<boolean> {
  const { hostname, port } = new URL(redisUrl)
  const socket = connect({ host: hostname, port: Number(port || 6_379) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(patience) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
