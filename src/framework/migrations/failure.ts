import { MigrationError } from '../errors'

/** Whether an error means that another process is migrating, or creating Knex's tables, right now. */
export function isContended(error: unknown): boolean {
  return isLocked(error) || /already exists|duplicate key/i.test(messageOf(error))
}

/** Whether an error means that another process holds Knex's lock, or SQLite's. */
export function isLocked(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string }
  return name === 'MigrationLocked' || String(code).startsWith('SQLITE_BUSY')
}

/**
 * Says which migration failed, why, and what became of it.
 *
 * @param files those that were to be applied or undone
 * @param reports the lines that Knex logged while it tried
 * @param kept the statements of the migration that failed which were not rolled back
 */
export function explainFailure(
  error: unknown,
  files: readonly string[],
  reports: readonly string[],
  kept: readonly string[],
): MigrationError {
  if (isLocked(error)) {
    const hint =
      'If no other process is migrating, a killed one left the lock behind: npx knex migrate:unlock'
    return new MigrationError('The migrations are locked by another process.', hint, error)
  }
  const failed =
    /migration file "(.+)" failed/.exec(reports.join('\n'))?.[1] ?? unloadable(files, error)
  const which = failed ? `The migration ${failed} failed` : 'The migrations failed'
  const why = messageOf(error).replace(/\.$/, '')
  return new MigrationError(`${which}: ${why}.`, remains(why, kept), error)
}

function unloadable(files: readonly string[], error: unknown): string | undefined {
  const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
  return files.find((file) => text.includes(file))
}

const saidAtMost = 10
const longest = 120

function remains(why: string, kept: readonly string[]): string {
  if (kept.length === 0) return 'It was rolled back; correct it and start again.'
  const next = 'Undo that by hand, correct the migration and start again.'
  // A migration made of steps says itself which of them are done.
  if (why.includes(notUndone)) return next
  const more = kept.length - saidAtMost
  const said = [...kept.slice(0, saidAtMost).map(shortened), ...(more > 0 ? [`${more} more`] : [])]
  return `${notUndone}: ${said.join('; ')}. ${next}`
}

const notUndone = 'Done before, and not undone'

function shortened(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
