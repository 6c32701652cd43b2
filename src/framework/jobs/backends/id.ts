import { randomUUID } from 'node:crypto'

let latest = 0

/** An id that sorts after those made before, so that a table grows at its end. */
export function newId(): string {
  latest = Math.max(Date.now(), latest)
  const time = latest.toString(16).padStart(12, '0')
  const random = randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}
