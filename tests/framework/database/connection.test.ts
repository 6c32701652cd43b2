import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import type { Knex } from 'knex'
import { type Config, defineConfig } from '../../../src/framework/config'
import { closeDatabase, knexConfig, openDatabase } from '../../../src/framework/database'
import { Program } from '../../support/process'
import { freshDatabase, skipWithout } from '../../support/servers'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'atelier-connection-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function configFor(DATABASE_URL: string, root = tmpdir()): Config {
  return defineConfig({ root, environment: { NODE_ENV: 'test', DATABASE_URL } })
}

/** The database of a file, closed after the test. */
function openFile(t: TestContext): Knex {
  const db = openDatabase(configFor(`sqlite:${join(folder(t), 'db.sqlite3')}`))
  t.after(() => closeDatabase(db))
  return db
}

for (const [pragma, expected] of [
  ['journal_mode', 'wal'],
  ['foreign_keys', 1],
  ['busy_timeout', 5_000],
  ['synchronous', 1],
] as const) {
  test(`on SQLite ${pragma} is ${expected}`, async (t) => {
    const [row] = await openFile(t).raw(`pragma ${pragma}`)
    assert.deepEqual(Object.values(row), [expected])
  })
}

test('on SQLite a row that points at nothing is refused', async (t) => {
  const db = openFile(t)
  await db.schema.createTable('parents', (table) => table.increments('id'))
  await db.schema.createTable('children', (table) =>
    table.integer('parent').references('parents.id'),
  )
  await assert.rejects(db('children').insert({ parent: 7 }), {
    code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  })
})

test('opening a database does nothing before the first query', async (t) => {
  const file = join(folder(t), 'db.sqlite3')
  const db = openDatabase(configFor(`sqlite:${file}`))
  const before = existsSync(file)
  await db.raw('select 1')
  await closeDatabase(db)
  assert.deepEqual([before, existsSync(file)], [false, true])
})

test('a relative SQLite file is counted from the root', () => {
  const config = configFor('sqlite:data/db.sqlite3', '/project')
  const { filename } = knexConfig(config).connection as { filename?: string }
  assert.equal(filename, '/project/data/db.sqlite3')
})

test('migrations are in the root, whatever the current folder', () => {
  const { migrations } = knexConfig(configFor('sqlite::memory:', '/project'))
  assert.equal(migrations?.directory, '/project/migrations')
})

test('closing a database twice is no error', async () => {
  const db = openDatabase(configFor('sqlite::memory:'))
  await closeDatabase(db)
  await closeDatabase(db)
})

/** Runs code in a process of its own, as others of this process have loaded the drivers. */
function apart(url: string, body: string): Program {
  const code = `
    const { defineConfig } = require('./src/framework/config')
    const { closeDatabase, openDatabase } = require('./src/framework/database')
    const environment = { NODE_ENV: 'test', DATABASE_URL: '${url}' }
    const db = openDatabase(defineConfig({ root: '.', environment }))
    ${body}
  `
  return new Program('-e', {}, [code])
}

const showDrivers = `closeDatabase(db).then(() => {
  const files = Object.keys(require.cache)
  const loaded = (name) => files.some((file) => file.includes('/node_modules/' + name + '/'))
  console.log(['better-sqlite3', 'pg', 'mysql2'].filter(loaded).join())
})`

for (const [url, driver] of [
  ['sqlite::memory:', 'better-sqlite3'],
  ['postgres://localhost/app', 'pg'],
  ['mysql://localhost/app', 'mysql2'],
] as const) {
  test(`for ${url} the one driver that is loaded is ${driver}`, async () => {
    await using program = apart(url, showDrivers)
    assert.equal(await program.exit(), 0, program.output)
    assert.equal(program.output.trim(), driver)
  })
}

for (const scheme of ['postgres', 'mysql'] as const) {
  test(`a ${scheme} database is printed without its password, however deep`, async (t) => {
    const db = openDatabase(configFor(`${scheme}://me:hunter22@localhost/app?connectTimeout=1`))
    t.after(() => closeDatabase(db))
    assert.doesNotMatch(inspect(db.client, { depth: 20 }), /hunter22/)
  })

  test(`a ${scheme} address of IPv6 reaches the driver without its brackets`, async (t) => {
    const db = openDatabase(configFor(`${scheme}://me@[::1]:1234/app`))
    t.after(() => closeDatabase(db))
    assert.equal(db.client.connectionSettings.host, '::1')
  })

  test(`Knex knows which ${scheme} database it is in`, { skip: skipWithout(scheme) }, async (t) => {
    const fresh = await freshDatabase(scheme)
    const db = openDatabase(configFor(fresh.url))
    t.after(() => closeDatabase(db).then(fresh.drop))
    await db.schema.createTable('known', (table) => table.increments('id'))
    assert.deepEqual(Object.keys(await db('known').columnInfo()), ['id'])
  })
}

test('what Knex warns of goes to stderr, as stdout belongs to what a program answers', async () => {
  await using program = apart('sqlite::memory:', "db.client.logger.warn('careful')")
  let stderr = ''
  program.child.stderr?.on('data', (text: string) => {
    stderr += text
  })
  await program.exit()
  assert.equal(stderr, 'careful\n')
})
