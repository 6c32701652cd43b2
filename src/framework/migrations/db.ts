import type { Application } from '../application'
import { checkDatabase } from '../database'
import { editedFiles } from './edited'
import { findDisorders, type MigrationFile, messageIn, readFiles } from './history'
import { refuseDisorder } from './order'
import { type AppliedMigration, readApplied, refuseNewer, without } from './pending'
import { applyPending, revert } from './run'

type Database = Pick<Application, 'config' | 'db'>
type Say = (line: string) => void

/**
 * Says the newest migration that the database has, and how many are pending. Writes nothing.
 *
 * @throws StoreUnavailableError within 5 s when the database does not answer
 */
export async function current(app: Database, say: Say): Promise<void> {
  const { applied, pending, missing } = await look(app)
  const newest = applied.at(-1)?.name
  const where = newest && missing.includes(newest) ? ', which has no file here' : ''
  const more = pending.length > 0 ? `, ${counted(pending)} pending` : ''
  say(`${newest ?? 'No migration is applied'}${where}${more}`)
}

/**
 * Says all migrations, a line each, the oldest first, and what is wrong with their order. Writes
 * nothing.
 *
 * @throws StoreUnavailableError within 5 s when the database does not answer
 */
export async function history(app: Database, say: Say): Promise<void> {
  const { files, applied, missing } = await look(app)
  const edited = await editedFiles(app.db, files)
  const names = [...files.map(({ name }) => name), ...missing].sort()
  const width = Math.max(0, ...names.map(({ length }) => length))
  for (const name of names) {
    const file = files.find((one) => one.name === name)
    const since = applied.find((one) => one.name === name)
    const facts = [...factsOf(file, since), ...(edited.includes(name) ? ['edited since'] : [])]
    say([markOf(file, since), name.padEnd(width), ...facts].join('  ').trimEnd())
  }
  if (names.length === 0) say('There are no migrations.')
  for (const { text } of findDisorders(files, namesOf(applied))) say(text)
}

function markOf(file: MigrationFile | undefined, since: AppliedMigration | undefined): string {
  if (!file) return 'no file'
  return since ? 'applied' : 'pending'
}

function factsOf(file: MigrationFile | undefined, since: AppliedMigration | undefined): string[] {
  const message = file && messageIn(file)
  const { parents = [] } = file ?? {}
  return [
    ...(message ? [message] : []),
    ...(since?.date ? [`on ${since.date.toISOString().slice(0, 19).replace('T', ' ')}`] : []),
    ...(parents.length > 0 ? [`after ${parents.join(', ')}`] : []),
  ]
}

/** Which migrations are to be applied. */
export interface UpgradeOptions {
  /** How many at most, the oldest first. Default all. */
  readonly count?: number | undefined
  /** Whether they are applied although their order is wrong. */
  readonly force?: boolean
}

/**
 * Applies the migrations that are pending, and says the name of each.
 *
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws MigrationError when their order is wrong, or the database is newer than the files, and
 *   then nothing was applied; when one fails; when another process holds Knex's lock for too long
 */
export async function upgrade(
  app: Database,
  { count, force = false }: UpgradeOptions,
  say: Say,
): Promise<void> {
  const { files, applied, pending } = await look(app)
  refuseNewer(files, applied)
  if (pending.length > 0 && !force) refuseDisorder(findDisorders(files, namesOf(applied)))
  const names = pending.length > 0 ? await applyPending(app.db, { count }) : []
  for (const name of names) say(`Applied ${name}`)
  if (names.length === 0) say('Nothing to do: no migration is pending.')
}

/**
 * Undoes the newest migrations, whatever they were applied with, and says the name of each.
 *
 * @param count how many at most
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws MigrationError when the database is newer than the files, and then nothing was undone;
 *   when one fails; when another process holds Knex's lock for too long
 */
export async function downgrade(app: Database, count: number, say: Say): Promise<void> {
  const { files, applied } = await look(app)
  refuseNewer(files, applied)
  if (applied.length === 0) return say('Nothing to do: no migration is applied.')
  for (const name of namesOf(applied).reverse().slice(0, count)) {
    await revert(app.db, name)
    say(`Undid ${name}`)
  }
}

interface Seen {
  readonly files: readonly MigrationFile[]
  readonly applied: readonly AppliedMigration[]
  /** Names of files that are not applied. */
  readonly pending: readonly string[]
  /** Names of what is applied and has no file. */
  readonly missing: readonly string[]
}

async function look({ config, db }: Database): Promise<Seen> {
  await checkDatabase(db, config)
  const files = readFiles(`${config.root}/migrations`)
  const applied = await readApplied(db)
  return { files, applied, pending: without(files, applied), missing: without(applied, files) }
}

function namesOf(migrations: readonly { readonly name: string }[]): string[] {
  return migrations.map(({ name }) => name)
}

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? '1 migration' : `${length} migrations`
}
