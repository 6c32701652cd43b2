import { existsSync } from 'node:fs'
import type { Application } from '../application'
import { type Config, sqlitePath } from '../config'
import { checkDatabase } from '../database'
import { findDisorders, readFiles } from './history'
import { refuseDisorder } from './order'
import { pendingFilesByReading, readApplied, refuseNewer, without } from './pending'
import { applyPending, type RunOptions } from './run'

/**
 * Checks that the database answers and, in development, brings it to the newest migration. In
 * production it only says that migrations are pending.
 *
 * @param say is given one line, when there is something to say
 * @param options `advice` says how to apply what is pending, where there is another way
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws MigrationError when a migration fails, or does not follow the others, or another process
 *   holds Knex's lock for too long
 */
export async function upgradeInDevelopment(
  { config, db }: Pick<Application, 'config' | 'db'>,
  say: (line: string) => void,
  { patience, advice }: Pick<RunOptions, 'patience'> & { advice?: string } = {},
): Promise<void> {
  const folder = `${config.root}/migrations`
  const database = `Database ${config.DATABASE_URL}${isNew(config) ? ' created' : ''}`
  await checkDatabase(db, config)
  if (config.NODE_ENV === 'production') {
    await sayPending({ config, db }, say, advice)
  } else if (config.NODE_ENV === 'development' && existsSync(folder)) {
    await checkOrder({ config, db }, say)
    const applied = await applyPending(db, { patience })
    if (applied.length > 0) say(`${database}, ${counted(applied)} applied: ${applied.join(', ')}`)
  }
}

/** In development people change branches, so a file that comes late is said, not refused. */
async function checkOrder(
  { config, db }: Pick<Application, 'config' | 'db'>,
  say: (line: string) => void,
): Promise<void> {
  const files = readFiles(`${config.root}/migrations`)
  const applied = await readApplied(db)
  refuseNewer(files, applied)
  if (without(files, applied).length === 0) return
  const found = findDisorders(
    files,
    applied.map(({ name }) => name),
  )
  refuseDisorder(found.filter(({ kind }) => kind !== 'late'))
  for (const { text } of found) say(text)
}

/** Says in one line that migrations are pending, if they are; not in test, where tests migrate. */
export async function sayPending(
  { config, db }: Pick<Application, 'config' | 'db'>,
  say: (line: string) => void,
  advice = 'apply with: npx knex migrate:latest',
): Promise<void> {
  if (config.NODE_ENV === 'test') return
  const waiting = await pendingFilesByReading(db, `${config.root}/migrations`)
  const pending = `${counted(waiting)} pending; ${advice}`
  if (waiting.length > 0) say(`Database ${config.DATABASE_URL}, ${pending}`)
}

function isNew({ DATABASE_URL: url, root }: Config): boolean {
  return url.kind === 'sqlite' && !existsSync(sqlitePath(url, root))
}

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? '1 migration' : `${length} migrations`
}
