import { randomUUID } from 'node:crypto'

const most = 0xfff
let latest = 0
let count = 0

/** An id that sorts after those that this process made before, so that a table grows at its end. */
export function newId(): string {
  const now = Date.now()
  if (now > latest || count === most) {
    latest = Math.max(now, latest + 1)
    count = 0
  } else count++
  const time = latest.toString(16).padStart(12, '0')
  const next = count.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${next}${randomUUID().slice(18)}`
}
