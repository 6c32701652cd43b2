import { setTimeout as sleep } from 'node:timers/promises'
import { task } from '../../framework'

/** The chapter's slow division: five seconds, then `x / y`. */
export const divide = task('users.divide', async (x: number, y: number) => {
  await sleep(5_000)
  return x / y
})
