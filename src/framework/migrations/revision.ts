import type { Application } from '../application'
import { checkDatabase } from '../database'
import { RevisionError } from '../errors'
import { describe } from './describe'
import { type Both, operationsOf, readBoth } from './difference'
import { fileName, writeMigration } from './file'
import { disorders, heads, type MigrationFile, readFiles } from './history'
import { type Operation, reversed } from './operations'
import { pendingFilesByReading } from './pending'
import { type RenameOptions, resolveRenames } from './rename-options'
import { render } from './render'
import { completed, lost } from './reverse'
import { findWarnings } from './warnings'

/** What a revision is to be. */
export interface RevisionOptions extends RenameOptions {
  /** What it is for, in a few words: the name of its file comes from it. */
  readonly message: string
  /** Whether it only prints what it would write. */
  readonly dryRun?: boolean
  /** Whether it refuses what loses values or lacks some. */
  readonly strict?: boolean
  /** Whether it goes on although migrations are pending. */
  readonly force?: boolean
  /** Whether it writes a file without operations, for work on rows. */
  readonly empty?: boolean
  /** Whether it joins migrations that were written side by side, without operations. */
  readonly merge?: boolean
  /** When it is written. Default now. */
  readonly date?: Date
}

/** Prints a line for people. */
export type Say = (line: string) => void

/**
 * Compares the models of an application with its database, and writes a migration that makes the
 * database hold what they declare. Says what it finds and does, a line each.
 *
 * @returns the path of the file from the project's root; undefined when there is nothing to do
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws ModelError when a model cannot be a table
 * @throws RevisionError when it refuses, with what to do; then nothing is written
 */
export async function revise(
  app: Application,
  options: RevisionOptions,
  say: Say,
): Promise<string | undefined> {
  const { config, db } = app
  await checkDatabase(db, config)
  const files = readFiles(`${config.root}/migrations`)
  if (options.merge) refuseSingle(files)
  else if (!options.force) await refuseUnready(app, files)
  const isBare = options.empty || options.merge
  const { both, up } = isBare
    ? { both: undefined, up: [] }
    : await findOperations(app, files, options)
  for (const operation of up) say(`Detected ${describe(operation)}`)
  if (both) sayForeign(both, say)
  if (up.length === 0 && !isBare) {
    say('No changes: the database holds what the models declare.')
    return undefined
  }
  return write(app, files, both, up, options, say)
}

async function findOperations(
  app: Application,
  files: readonly MigrationFile[],
  options: RenameOptions,
): Promise<{ both: Both; up: Operation[] }> {
  const both = await readBoth(app, files)
  return { both, up: operationsOf(both, await resolveRenames(both, options)) }
}

async function write(
  { config, db }: Application,
  files: readonly MigrationFile[],
  both: Both | undefined,
  up: readonly Operation[],
  { message, dryRun, strict, date = new Date() }: RevisionOptions,
  say: Say,
): Promise<string | undefined> {
  const found = both?.found ?? []
  const { warnings, todos } = await findWarnings(db, up, found)
  const all = [...warnings, ...lost(up)]
  for (const warning of all) say(`Warning: ${warning}`)
  if (strict && warnings.length > 0) {
    throw new RevisionError(`--strict refuses that: ${warnings.join(' ')}`, 'Nothing was written.')
  }
  const name = fileName(message, date, files)
  const dialect = both?.dialect.name ?? 'sqlite'
  const down = completed(reversed(up))
  const text = render({
    message,
    date,
    parents: heads(files),
    up,
    down,
    warnings: all,
    todos,
    dialect,
  })
  if (dryRun) {
    say(text)
    return undefined
  }
  const path = writeMigration(config.root, name, text)
  say(`Generating ${path} … done`)
  say(todos.size > 0 ? 'Say what is marked TODO in it, then: npx knex migrate:latest' : next)
  return path
}

const next = 'Review it, then: npx knex migrate:latest'

function sayForeign({ foreign }: Both, say: Say): void {
  if (foreign.length === 0) return
  say(
    `Left alone, since no model and no migration made ${foreign.length === 1 ? 'it' : 'them'}: ${foreign.join(', ')}`,
  )
}

function refuseSingle(files: readonly MigrationFile[]): void {
  if (heads(files).length > 1) return
  throw new RevisionError('There is nothing to merge: each migration comes after another.', '')
}

/** @throws RevisionError when migrations are pending, or do not follow one another */
async function refuseUnready(
  { config, db }: Application,
  files: readonly MigrationFile[],
): Promise<void> {
  const pending = (await pendingFilesByReading(db, `${config.root}/migrations`)).map((file) =>
    file.replace(/\.ts$/, ''),
  )
  const applied = files.map(({ name }) => name).filter((name) => !pending.includes(name))
  const wrong = disorders(files, applied)
  if (wrong.length > 0) {
    throw new RevisionError(wrong.join(' '), 'Join them with: npm run revision -- --merge')
  }
  if (pending.length > 0) {
    const which = pending.length === 1 ? 'The migration' : 'The migrations'
    const verb = pending.length === 1 ? 'is' : 'are'
    throw new RevisionError(
      `${which} ${pending.join(', ')} ${verb} not applied to ${config.DATABASE_URL} yet.`,
      'Apply first, with: npx knex migrate:latest',
    )
  }
}
