import type { Application } from '../application'
import { checkDatabase } from '../database'
import { describe } from './describe'
import { operationsOf, readBoth } from './difference'
import { disorders, readFiles } from './history'
import { pendingFilesByReading } from './pending'

const noRenames = { tables: [], columns: [] }

/**
 * Whether migrations, models and database agree, for CI. Writes nothing.
 *
 * @param say is given a line for each thing that does not agree
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws ModelError when a model cannot be a table
 */
export async function check(app: Application, say: (line: string) => void): Promise<boolean> {
  const { config, db } = app
  await checkDatabase(db, config)
  const folder = `${config.root}/migrations`
  const files = readFiles(folder)
  const pending = await pendingFilesByReading(db, folder)
  const isPending = (name: string) => pending.includes(`${name}.ts`)
  const applied = files.map(({ name }) => name).filter((name) => !isPending(name))
  const operations = operationsOf(await readBoth(app, files), noRenames)
  const lines = [
    ...disorders(files, applied),
    ...pending.map((file) => `${file} is not applied.`),
    ...operations.map((operation) => `Detected ${describe(operation)}`),
  ]
  for (const line of lines) say(line)
  if (lines.length === 0) say('Migrations, models and database agree.')
  return lines.length === 0
}
