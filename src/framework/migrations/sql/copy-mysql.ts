import { randomBytes } from 'node:crypto'
import createKnex, { type Knex } from 'knex'
import { knexConfig } from '../../database'
import { tableNames } from '../dialects/mysql/read'
import { rowsOf } from '../dialects/mysql/rows'
import { quote } from '../dialects/mysql/write'
import type { Place } from './place'
import type { Query } from './query'
import type { Database } from './recorder'

/**
 * Makes a copy of all tables in a database of its own beside the application's.
 *
 * @throws the server's error when the user may not make databases
 */
export async function openMysqlCopy({ config, db }: Database): Promise<Place> {
  const name = `atelier_copy_${randomBytes(6).toString('hex')}`
  const tables = await tableStatements(db)
  const url = new URL(config.DATABASE_URL.reveal())
  const original = decodeURIComponent(url.pathname.slice(1))
  await db.raw(`create database ${name} ${await collation(db)}`)
  const settings = knexConfig(config)
  const connection = new URL(settings.connection as string)
  connection.pathname = `/${name}`
  const copy = createKnex({ ...settings, connection: connection.href, pool: { min: 0, max: 1 } })
  const close = async () => {
    await copy.destroy()
    await db.raw(`drop database ${name}`)
  }
  try {
    await copy.raw('set foreign_key_checks = 0')
    for (const sql of tables) await rowsOf(copy, sql)
    await copy.raw('set foreign_key_checks = 1')
  } catch (error) {
    await close()
    throw error
  }
  // Knex says the name of the database when it asks for columns and foreign keys.
  const translate = ({ sql, bindings = [] }: Query) => ({
    sql,
    bindings: bindings.map((value) => (value === original ? name : value)),
  })
  return { db: copy, translate, close }
}

async function tableStatements(db: Knex): Promise<string[]> {
  const statements: string[] = []
  for (const name of await tableNames(db)) {
    const [row = {}] = await rowsOf<object>(db, `show create table ${quote(name)}`)
    statements.push(String(Object.values(row)[1]))
  }
  return statements
}

async function collation(db: Knex): Promise<string> {
  const [row] = await rowsOf<{ charset: string; collation: string }>(
    db,
    'select @@character_set_database as charset, @@collation_database as collation',
  )
  return row ? `character set ${row.charset} collate ${row.collation}` : ''
}
