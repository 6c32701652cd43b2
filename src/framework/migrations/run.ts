import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { explainFailure, isContended, isLocked } from './failure'
import { pendingFiles } from './pending'
import { Statements } from './statements'

/** How migrations are run. */
export interface RunOptions {
  /** How long to wait for another process that migrates at this moment, in ms. Default 8,000. */
  readonly patience?: number | undefined
  /** How many are applied at most. Default all that are pending. */
  readonly count?: number | undefined
}

/**
 * Applies pending migrations, the oldest first, in one batch.
 *
 * @returns the names of those that were applied here
 * @throws MigrationError when one fails, an applied one has no file, or another process holds
 *   Knex's lock for too long
 */
export async function applyPending(
  db: Knex,
  { patience = usualPatience, count = Number.POSITIVE_INFINITY }: RunOptions = {},
): Promise<string[]> {
  const pending = await patiently(() => pendingFiles(db), isContended, patience)
  const files = pending.slice(0, count)
  const last = files.at(-1)
  if (last === undefined) return []
  const work = () => db.migrate.to({ name: last, beforeEach: refuseApplied })
  return telling(db, files, () => patiently(work, isLocked, patience))
}

/** Undoes one migration. @throws MigrationError as `applyPending` does */
export async function revert(
  db: Knex,
  name: string,
  { patience = usualPatience }: Pick<RunOptions, 'patience'> = {},
): Promise<void> {
  const file = `${name}.ts`
  const work = () => db.migrate.down({ name: file })
  await telling(db, [file], () => patiently(work, isLocked, patience))
}

const usualPatience = 8_000

// Knex finds out what is pending before it has its lock, and where migrations have transactions
// of their own it does not look again: another process may have applied them meanwhile.
async function refuseApplied(db: Knex, [migration]: readonly unknown[]): Promise<void> {
  const { file: name } = migration as { file: string }
  if (await db('knex_migrations').where({ name }).first('name')) throw new AppliedMeanwhile(name)
}

/** Has the name of Knex's own error, since it is to be met in the same way: by another try. */
class AppliedMeanwhile extends Error {
  override readonly name = 'MigrationLocked'
}

const pause = 100

/** Tries again while another process is in the way. */
async function patiently<T>(
  work: () => Promise<T>,
  isInTheWay: (error: unknown) => boolean,
  patience: number,
): Promise<T> {
  const until = Date.now() + patience
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isInTheWay(error) || Date.now() > until) throw error
      await sleep(pause)
    }
  }
}

/** Knex tells its own story of a failure; ours is told by the error instead. */
async function telling(
  db: Knex,
  files: readonly string[],
  work: () => Promise<[batch: number, files: string[]]>,
): Promise<string[]> {
  const reports: string[] = []
  const statements = new Statements(db)
  const { logger } = db.client as { logger: { warn?: (line: string) => void } }
  logger.warn = (line) => reports.push(line)
  try {
    const [, done] = await work()
    return done.map((file) => file.replace(/\.ts$/, ''))
  } catch (error) {
    throw explainFailure(error, files, reports, statements.kept)
  } finally {
    delete logger.warn
    statements.stop()
  }
}
