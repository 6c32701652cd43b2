import type { Application } from '../application'
import { checkDatabase } from '../database'
import { describe } from './describe'
import { noRenames, operationsOf, readBoth } from './difference'
import { editedFiles } from './edited'
import { readMigrations } from './file'
import { disorders } from './history'
import { readApplied, without } from './pending'

/**
 * Whether migrations, models and database agree, for CI. Writes nothing.
 *
 * @param say is given a line for each thing that does not agree
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws ModelError when a model cannot be a table
 * @throws RevisionError when the database refuses a declared table
 */
export async function check(app: Application, say: (line: string) => void): Promise<boolean> {
  const { config, db } = app
  await checkDatabase(db, config)
  const files = readMigrations(config.root)
  const applied = await readApplied(db)
  const names = applied.map(({ name }) => name)
  const edited = await editedFiles(db, files)
  const operations = operationsOf(await readBoth(app, files), noRenames)
  const lines = [
    ...disorders(files, names),
    ...without(applied, files).map((name) => `${name}.ts is applied, and has no file here.`),
    ...without(files, applied).map((name) => `${name}.ts is not applied.`),
    ...edited.map((name) => `${name}.ts was edited after it was applied.`),
    ...operations.map((operation) => `Detected ${describe(operation)}`),
  ]
  for (const line of lines) say(line)
  if (lines.length === 0) say('Migrations, models and database agree.')
  return lines.length === 0
}
