import type { Knex } from 'knex'
import { checksumOf, checksumsTable } from '../database/checksums'
import type { MigrationFile } from './history'
import { readApplied } from './pending'

/**
 * The names of the applied migrations whose file is another than when they were applied, as far as
 * that was noted. Writes nothing.
 */
export async function editedFiles(db: Knex, files: readonly MigrationFile[]): Promise<string[]> {
  if (!(await db.schema.hasTable(checksumsTable))) return []
  const rows: { name: string; checksum: string }[] = await db(checksumsTable).select()
  const noted = new Map(rows.map(({ name, checksum }) => [name, checksum]))
  const applied = new Set((await readApplied(db)).map(({ name }) => name))
  const isEdited = ({ name, text }: MigrationFile) => {
    const checksum = noted.get(`${name}.ts`)
    return checksum !== undefined && applied.has(name) && checksum !== checksumOf(text)
  }
  return files.filter(isEdited).map(({ name }) => name)
}
