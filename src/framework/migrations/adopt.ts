import type { Application } from '../application'
import { checkDatabase } from '../database'
import { noteChecksum } from '../database/checksums'
import { RevisionError } from '../errors'
import { createdTables } from './compare/created'
import { ordered } from './compare/order'
import { describe } from './describe'
import { dialectOf } from './dialects'
import { isSilent, noRenames, operationsOf, readBoth } from './difference'
import { fileName, readMigrations, writeMigration } from './file'
import { reversed } from './operations'
import { pendingFiles } from './pending'
import { render } from './render'
import type { RevisionOptions, Say } from './revision'
import type { Table } from './schema'

/**
 * Notes all migrations as applied without running them, in a database that has what they make: one
 * that is older than its migrations, or was left by a killed process.
 *
 * @returns the names that were noted
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws RevisionError when the database does not hold what the models declare
 * @throws MigrationError when the database is newer than the files
 */
export async function stamp(app: Application, say: Say): Promise<string[]> {
  const { config, db } = app
  await checkDatabase(db, config)
  const both = await readBoth(app, readMigrations(config.root))
  const missing = operationsOf(both, noRenames).filter(({ op }) => op !== 'dropTable')
  if (missing.length > 0) {
    throw new RevisionError(
      `The database does not hold what the models declare: ${missing.map(describe).join('; ')}.`,
      'Correct the models or the database first. Nothing was noted.',
    )
  }
  const names = await pendingFiles(db)
  await note(app, names)
  for (const name of names) say(`Noted ${name.replace(/\.ts$/, '')} as applied`)
  if (names.length === 0) say('All migrations are applied.')
  return names
}

/** As Knex does when it has run them. */
async function note({ config, db }: Application, names: readonly string[]): Promise<void> {
  const directory = `${config.root}/migrations`
  for (const file of names) await noteChecksum(db, [{ directory, file }])
  const [latest] = await db('knex_migrations').max({ batch: 'batch' })
  const batch = Number(latest?.batch ?? 0) + 1
  const rows = names.map((name) => ({ name, batch, migration_time: new Date() }))
  if (rows.length > 0) await db('knex_migrations').insert(rows)
}

/**
 * Writes the first migration of a database that has none: what makes all its tables.
 *
 * @returns the path of the file from the project's root; undefined when it is only printed
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws RevisionError when there are migrations, or no tables
 */
export async function reviseFromDatabase(
  { config, db }: Application,
  {
    message: given,
    date = new Date(),
    dryRun,
  }: Pick<RevisionOptions, 'message' | 'date' | 'dryRun'>,
  say: Say,
): Promise<string | undefined> {
  await checkDatabase(db, config)
  const files = readMigrations(config.root)
  if (files.length > 0) {
    throw new RevisionError('There are migrations already.', '--from-db writes the first one.')
  }
  const dialect = dialectOf(db)
  const tables = (await dialect.reflect(db)).filter(({ name }) => !isSilent(name))
  if (tables.length === 0) throw new RevisionError('The database has no tables.', '')
  const message = given.trim() || 'revision'
  const up = ordered(createdTables(tables, [], []))
  const warnings = tables.flatMap(unsaid)
  for (const operation of up) say(`Detected ${describe(operation)}`)
  for (const warning of warnings) say(`Warning: ${warning}`)
  const facts = { message, date, parents: [], up, down: reversed(up), warnings }
  const text = render({ ...facts, todos: new Map(), dialect: dialect.name })
  if (dryRun) {
    say(text.trimEnd())
    return undefined
  }
  const path = writeMigration(config.root, fileName(message, date, files), text, files)
  say(`Generating ${path} … done`)
  say('Review it, then note it as applied: npm run revision -- --stamp')
  return path
}

/** What a new table cannot be told by Knex, a sentence each. */
function unsaid({ name: table, columns, foreignKeys, extra }: Table): string[] {
  const all = [
    { of: table, extra },
    ...columns.map((column) => ({ of: `${table}.${column.name}`, extra: column.extra })),
    ...foreignKeys.map((key) => ({ of: `${table}(${key.columns.join(', ')})`, extra: key.extra })),
  ]
  return all.flatMap((one) =>
    one.extra === undefined ? [] : `the file does not say of '${one.of}': ${one.extra}.`,
  )
}
