import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Application } from '../application'
import { type Config, sqlitePath } from '../config'
import { checkDatabase } from '../database'
import { explainFailure, isContended, isLocked } from './failure'
import { pendingFiles, pendingFilesByReading } from './pending'

/** How an upgrade goes about it. */
export interface UpgradeOptions {
  /** How long to wait for another process that migrates at this moment, in ms. Default 8,000. */
  readonly patience?: number
}

/**
 * Checks that the database answers and, in development, brings it to the newest migration. In
 * production it only says that migrations are pending.
 *
 * @param say is given one line, when there is something to say
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws MigrationError when a migration fails, or another process holds Knex's lock for too long
 */
export async function upgradeInDevelopment(
  { config, db }: Pick<Application, 'config' | 'db'>,
  say: (line: string) => void,
  { patience = 8_000 }: UpgradeOptions = {},
): Promise<void> {
  const folder = `${config.root}/migrations`
  const database = `Database ${config.DATABASE_URL}${isNew(config) ? ' created' : ''}`
  await checkDatabase(db, config)
  if (config.NODE_ENV === 'production') {
    await sayPending({ config, db }, say)
  } else if (config.NODE_ENV === 'development' && existsSync(folder)) {
    const applied = await migrate(db, patience)
    if (applied.length > 0) say(`${database}, ${counted(applied)} applied: ${applied.join(', ')}`)
  }
}

/** Says in one line that migrations are pending, if they are; not in test, where tests migrate. */
export async function sayPending(
  { config, db }: Pick<Application, 'config' | 'db'>,
  say: (line: string) => void,
): Promise<void> {
  if (config.NODE_ENV === 'test') return
  const waiting = await pendingFilesByReading(db, `${config.root}/migrations`)
  const hint = 'pending; apply with: npx knex migrate:latest'
  if (waiting.length > 0) say(`Database ${config.DATABASE_URL}, ${counted(waiting)} ${hint}`)
}

function isNew({ DATABASE_URL: url, root }: Config): boolean {
  return url.kind === 'sqlite' && !existsSync(sqlitePath(url, root))
}

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? '1 migration' : `${length} migrations`
}

/** @returns the names of the migrations that were applied here */
async function migrate(db: Knex, patience: number): Promise<string[]> {
  const pending = await patiently(() => pendingFiles(db), isContended, patience)
  if (pending.length === 0) return []
  const reports: string[] = []
  const latest = () => reporting(db, reports, () => db.migrate.latest())
  try {
    const [, files]: [number, string[]] = await patiently(latest, isLocked, patience)
    return files.map((file) => file.replace(/\.ts$/, ''))
  } catch (error) {
    throw explainFailure(db, error, pending, reports)
  }
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
async function reporting<T>(db: Knex, reports: string[], work: () => Promise<T>): Promise<T> {
  const { logger } = db.client as { logger: { warn?: (line: string) => void } }
  logger.warn = (line) => reports.push(line)
  try {
    return await work()
  } finally {
    delete logger.warn
  }
}
