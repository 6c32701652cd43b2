import { setTimeout } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Config } from '../config'
import { StoreUnavailableError } from '../errors'

// Said within 5 s, with room for a busy machine.
const patience = 3_000

/**
 * Asks the database one question, to know that it answers.
 *
 * @throws StoreUnavailableError within 5 s when it does not
 */
export async function checkDatabase(db: Knex, config: Config): Promise<void> {
  const url = config.DATABASE_URL
  try {
    // The query's own timeout gives its connection back, so that the database can be closed.
    await inTime(db.raw('select 1').timeout(patience))
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error
    const server = url.kind === 'sqlite' ? '' : ', and that the server is running'
    throw new StoreUnavailableError(
      'database',
      String(url),
      reason(error),
      `Check DATABASE_URL${server}.`,
      error,
    )
  }
}

/** Connecting and asking each have a timeout of their own; this one is for both together. */
async function inTime(answer: PromiseLike<unknown>): Promise<void> {
  const settled = new AbortController()
  const late = setTimeout(patience, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`it did not answer within ${patience / 1_000} s`)
  })
  try {
    await Promise.race([answer, late])
  } finally {
    settled.abort()
  }
}

/** A refused connection to several addresses is an AggregateError without words of its own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return reason(error.errors[0])
  const { message, code } = error as { message?: string; code?: string }
  return (message || code || String(error)).replace(/\.$/, '')
}
