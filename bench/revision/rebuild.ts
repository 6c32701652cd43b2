import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { row } from '../figures'
import { atelier } from './atelier'
import { declare, type Project, perform } from './project'

type App = typeof import('../../src/app')

const rows = 100_000

/**
 * Applies a migration that SQLite can only do by building a table anew, while a row of another
 * table refers to each of its rows.
 *
 * @throws AssertionError when a row is lost
 */
export async function rebuild(folder: string): Promise<void> {
  const project = await atelier(join(folder, 'rebuild'))
  const url = `sqlite:${folder}/rebuild.sqlite3`
  declare(project, 2)
  await perform(project, project.revise, url)
  await perform(project, project.apply, url)
  await changeLength(project, url)
  const { createApp }: App = require(join(project.folder, 'src/app'))
  const app = createApp({ DATABASE_URL: url })
  try {
    console.log('\n  SQLite, foreign keys on; wanted: less than 2,000 ms')
    const time = await migrate(app.db)
    console.log(row(`a table of ${rows.toLocaleString('en')} rows built anew`, 'ms', [time]))
  } finally {
    await app.close()
  }
}

async function changeLength(project: Project, url: string): Promise<void> {
  const models = project.modelsOf(2, false).replace('maxLength: 120', 'maxLength: 200')
  writeFileSync(join(project.folder, project.models), models)
  await perform(project, project.revise, url)
}

async function migrate(db: Knex): Promise<number> {
  await fill(db)
  assert.deepEqual(await db.raw('pragma foreign_keys'), [{ foreign_keys: 1 }])
  const began = performance.now()
  await db.migrate.latest()
  const time = performance.now() - began
  const [made] = await db.raw("select sql from sqlite_master where name = 'item_0'")
  assert.match(made.sql, /varchar\(200\)/)
  for (const table of ['item_0', 'item_1']) {
    assert.deepEqual(await db(table).count({ count: '*' }), [{ count: rows }])
  }
  return time
}

async function fill(db: Knex): Promise<void> {
  const values = "i, 'code ' || i, 'title', 'body', '2026-11-24 10:15:00'"
  const numbers = `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})`
  const columns = 'id, code, title, body, made'
  await db.raw(`${numbers} insert into item_0 (${columns}) select ${values} from n`)
  await db.raw(`${numbers} insert into item_1 (${columns}, before) select ${values}, i from n`)
}
