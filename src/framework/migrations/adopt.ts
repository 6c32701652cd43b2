import type { Application } from '../application'
import { checkDatabase } from '../database'
import { RevisionError } from '../errors'
import { createdTables } from './compare/created'
import { describe } from './describe'
import { dialectOf } from './dialects'
import { isSilent, operationsOf, readBoth } from './difference'
import { fileName, writeMigration } from './file'
import { readFiles } from './history'
import { reversed } from './operations'
import { pendingFiles } from './pending'
import { render } from './render'

type Say = (line: string) => void

const none = { tables: [], columns: [] }

/**
 * Notes all migrations as applied without running them, in a database that has what they make: one
 * that is older than its migrations, or was left by a killed process.
 *
 * @returns the names that were noted
 * @throws RevisionError when the database does not hold what the models declare
 */
export async function stamp(app: Application, say: Say): Promise<string[]> {
  const { config, db } = app
  await checkDatabase(db, config)
  const both = await readBoth(app, readFiles(`${config.root}/migrations`))
  const missing = operationsOf(both, none).filter(({ op }) => op !== 'dropTable')
  if (missing.length > 0) {
    throw new RevisionError(
      `The database does not hold what the models declare: ${missing.map(describe).join('; ')}.`,
      'Correct the models or the database first. Nothing was noted.',
    )
  }
  const names = await pendingFiles(db)
  const [latest] = await db('knex_migrations').max({ batch: 'batch' })
  const batch = Number(latest?.batch ?? 0) + 1
  const rows = names.map((name) => ({ name, batch, migration_time: new Date() }))
  if (rows.length > 0) await db('knex_migrations').insert(rows)
  for (const name of names) say(`Noted ${name.replace(/\.ts$/, '')} as applied`)
  if (names.length === 0) say('All migrations are applied.')
  return names
}

/**
 * Writes the first migration of a database that has none: what makes all its tables.
 *
 * @returns the path of the file from the project's root
 * @throws RevisionError when there are migrations, or no tables
 */
export async function reviseFromDatabase(
  { config, db }: Application,
  { message, date = new Date(), dryRun }: { message: string; date?: Date; dryRun?: boolean },
  say: Say,
): Promise<string | undefined> {
  await checkDatabase(db, config)
  const files = readFiles(`${config.root}/migrations`)
  if (files.length > 0) {
    throw new RevisionError('There are migrations already.', '--from-db writes the first one.')
  }
  const dialect = dialectOf(db)
  const tables = (await dialect.reflect(db)).filter(({ name }) => !isSilent(name))
  if (tables.length === 0) throw new RevisionError('The database has no tables.', '')
  const up = createdTables(tables, [], [])
  for (const operation of up) say(`Detected ${describe(operation)}`)
  const facts = { message, date, parents: [], up, down: reversed(up), warnings: [] }
  const text = render({ ...facts, todos: new Map(), dialect: dialect.name })
  if (dryRun) {
    say(text)
    return undefined
  }
  const path = writeMigration(config.root, fileName(message, date, files), text)
  say(`Generating ${path} … done`)
  say('Review it, then note it as applied: npm run revision -- --stamp')
  return path
}
