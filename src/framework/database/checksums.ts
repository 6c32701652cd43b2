import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Knex } from 'knex'

/** What each applied migration was when it ran. */
export const checksumsTable = 'knex_migrations_checksums'

/** The sha256 of a migration's text, whatever its line endings. */
export function checksumOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
}

/**
 * Notes what a migration was when it ran, and forgets it when it is undone. For Knex, which calls
 * this after each migration, in its transaction where there is one.
 */
export async function noteChecksum(db: Knex, [migration]: readonly unknown[]): Promise<void> {
  const { directory, file: name } = migration as { directory: string; file: string }
  const exists = await db.schema.hasTable(checksumsTable)
  if (await isApplied(db, name)) {
    if (exists) await db(checksumsTable).where({ name }).del()
    return
  }
  // Not before a migration has run: creating a table would end the transaction of MariaDB.
  if (!exists) await createTable(db)
  const checksum = checksumOf(await readFile(resolve(directory, name), 'utf8'))
  await db(checksumsTable).insert({ name, checksum }).onConflict('name').merge()
}

// Knex notes a migration after this: one that is noted already has just been undone.
async function isApplied(db: Knex, name: string): Promise<boolean> {
  return (await db('knex_migrations').where({ name }).first('name')) !== undefined
}

async function createTable(db: Knex): Promise<void> {
  await db.schema.createTable(checksumsTable, (table) => {
    table.string('name').primary()
    table.string('checksum', 64).notNullable()
  })
}
