import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Application } from '../application'
import { sqlitePath } from '../config'
import { checkDatabase } from '../database'
import { MigrationError } from '../errors'
import { explainFailure, isContended, isLocked } from './failure'

// Another console that migrates at this moment is waited for.
const patience = 8_000
const pause = 100

/**
 * Checks that the database answers and, in development, brings it to the newest migration. In
 * production it only says that migrations are pending.
 *
 * @param say is given one line, when there is something to say
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws MigrationError when a migration fails, or another process holds Knex's lock for too long
 */
export async function upgradeInDevelopment(
  app: Application,
  say: (line: string) => void,
): Promise<void> {
  const { config, db } = app
  const isNew =
    config.DATABASE_URL.kind === 'sqlite' &&
    !existsSync(sqlitePath(config.DATABASE_URL, config.root))
  await checkDatabase(db, config)
  const database = `Database ${config.DATABASE_URL}`
  if (config.NODE_ENV === 'production') {
    const waiting = await pendingWithoutWriting(db, `${config.root}/migrations`)
    if (waiting.length > 0)
      say(`${database}: ${counted(waiting)} pending. Apply with: npx knex migrate:latest`)
  } else if (config.NODE_ENV === 'development') {
    const applied = await migrate(db)
    if (applied.length > 0)
      say(
        `${database}${isNew ? ' created' : ''}, ${counted(applied)} applied: ${applied.join(', ')}`,
      )
  }
}

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? '1 migration' : `${length} migrations`
}

/** The names of the migrations that it applied. */
async function migrate(db: Knex): Promise<string[]> {
  const pending = await patiently(() => pendingIn(db), isContended)
  if (pending.length === 0) return []
  const reports: string[] = []
  try {
    const [, files] = await patiently(
      () => reporting(db, reports, () => db.migrate.latest()),
      isLocked,
    )
    return (files as string[]).map(nameOf)
  } catch (error) {
    throw explainFailure(db, error, pending, reports)
  }
}

async function pendingIn(db: Knex): Promise<string[]> {
  try {
    const [, pending] = await db.migrate.list()
    await keepOneLockRow(db)
    return pending.map(({ file }: { file: string }) => file)
  } catch (error) {
    if (isContended(error)) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new MigrationError(`The migrations cannot be read: ${why}.`, '', error)
  }
}

/** Two processes that create Knex's tables at one moment both insert its lock, and then none can take it. */
async function keepOneLockRow(db: Knex): Promise<void> {
  const rows = await db('knex_migrations_lock').select('index').orderBy('index')
  if (rows.length > 1) await db('knex_migrations_lock').where('index', '>', rows[0].index).del()
}

async function patiently<T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
): Promise<T> {
  const until = Date.now() + patience
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error) || Date.now() > until) throw error
      await sleep(pause)
    }
  }
}

/** Knex prints its own story of a failure on stdout; ours is told by the error instead. */
async function reporting<T>(db: Knex, reports: string[], work: () => Promise<T>): Promise<T> {
  const { logger } = db.client as { logger: { warn?: (line: string) => void } }
  logger.warn = (line) => reports.push(line)
  try {
    return await work()
  } finally {
    delete logger.warn
  }
}

/** What is pending where Knex's tables must not be created just to find out. */
async function pendingWithoutWriting(db: Knex, folder: string): Promise<string[]> {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.ts')) : []
  if (!(await db.schema.hasTable('knex_migrations'))) return files
  const done = (await db('knex_migrations').select('name')).map((row: { name: string }) => row.name)
  return files.filter((file) => !done.includes(file))
}

function nameOf(file: string): string {
  return file.replace(/\.ts$/, '')
}
