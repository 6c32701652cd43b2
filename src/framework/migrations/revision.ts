import type { Application } from '../application'
import { checkDatabase } from '../database'
import { RevisionError } from '../errors'
import { describe } from './describe'
import { type Both, operationsOf, readBoth } from './difference'
import { fileName, readMigrations, writeMigration } from './file'
import { findDisorders, heads, type MigrationFile } from './history'
import { type Operation, reversed } from './operations'
import { readApplied, refuseNewer, without } from './pending'
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

/** What is found before anything is written. */
interface Plan {
  readonly files: readonly MigrationFile[]
  readonly up: readonly Operation[]
  /** Undefined for a revision without operations. */
  readonly both: Both | undefined
}

/**
 * Compares the models of an application with its database, and writes a migration that makes the
 * database hold what they declare. Says what it finds and does, a line each.
 *
 * @returns the path of the file from the project's root; undefined when there is nothing to do
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws ModelError when a model cannot be a table
 * @throws MigrationError when the database is newer than the files
 * @throws RevisionError when it refuses, with what to do; then nothing is written
 */
export async function revise(
  app: Application,
  options: RevisionOptions,
  say: Say,
): Promise<string | undefined> {
  await checkDatabase(app.db, app.config)
  const plan = await findPlan(app, options)
  for (const operation of plan.up) say(`Detected ${describe(operation)}`)
  if (plan.both) sayForeign(plan.both, say)
  if (plan.both && plan.up.length === 0) {
    say('No changes: the database holds what the models declare.')
    return undefined
  }
  return write(app, plan, options, say)
}

async function findPlan(app: Application, options: RevisionOptions): Promise<Plan> {
  const files = readMigrations(app.config.root)
  if (options.merge) refuseSingle(files)
  else if (!options.force) await refuseUnready(app, files)
  if (options.merge || options.empty) return { files, up: [], both: undefined }
  const both = await readBoth(app, files)
  return { files, up: operationsOf(both, await resolveRenames(both, options)), both }
}

async function write(
  { config, db }: Application,
  { files, up, both }: Plan,
  { message: given, dryRun, strict, date = new Date() }: RevisionOptions,
  say: Say,
): Promise<string | undefined> {
  const message = given.trim() || 'revision'
  const { warnings, todos } = await findWarnings(db, up, both?.found ?? [])
  const all = [...warnings, ...lost(up)]
  for (const warning of all) say(`Warning: ${warning}`)
  if (strict && warnings.length > 0) {
    throw new RevisionError(`--strict refuses that: ${warnings.join(' ')}`, 'Nothing was written.')
  }
  const [parents, down] = [heads(files), completed(reversed(up))]
  const dialect = both?.dialect.name ?? 'sqlite'
  const text = render({ message, date, parents, up, down, warnings: all, todos, dialect })
  const name = fileName(message, date, files)
  if (dryRun) {
    say(text.trimEnd())
    return undefined
  }
  const path = writeMigration(config.root, name, text, files)
  say(`Generating ${path} … done`)
  const first = todos.size > 0 ? 'Say what is marked TODO in it' : 'Review it'
  say(`${first}, then: npx knex migrate:latest`)
  return path
}

function sayForeign({ foreign }: Both, say: Say): void {
  if (foreign.length === 0) return
  const them = foreign.length === 1 ? 'it' : 'them'
  say(`Left alone, since no model and no migration made ${them}: ${foreign.join(', ')}`)
}

function refuseSingle(files: readonly MigrationFile[]): void {
  if (heads(files).length > 1) return
  throw new RevisionError('There is nothing to merge: each migration comes after another.', '')
}

/**
 * @throws RevisionError when migrations are pending, or do not follow one another
 * @throws MigrationError when the database is newer than the files
 */
async function refuseUnready(
  { config, db }: Application,
  files: readonly MigrationFile[],
): Promise<void> {
  const applied = await readApplied(db)
  refuseNewer(files, applied)
  // What comes late is pending as well, and that is said below.
  const [wrong] = findDisorders(files, []).filter(({ kind }) => kind !== 'late')
  if (wrong) {
    const isBeside = wrong.kind === 'beside'
    const hint = isBeside
      ? 'Join them with: npm run revision -- --merge'
      : 'Correct its line Parent.'
    throw new RevisionError(wrong.text, hint)
  }
  const pending = without(files, applied)
  if (pending.length === 0) return
  const [which, verb] = pending.length === 1 ? ['migration', 'is'] : ['migrations', 'are']
  throw new RevisionError(
    `The ${which} ${pending.join(', ')} ${verb} not applied to ${config.DATABASE_URL} yet.`,
    'Apply first, with: npx knex migrate:latest',
  )
}
