import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Database from 'better-sqlite3'
import { onEach } from './framework/database/each'
import { scratchProject } from './support/scratch'

let project: Awaited<ReturnType<typeof scratchProject>>

before(async () => {
  project = await scratchProject()
})
after(() => project.drop())

interface Outcome {
  readonly code: number
  readonly output: string
}

/** Runs `npx knex` in the copy of the project, as a developer would. */
function knex(command: string, settings: Record<string, string>): Promise<Outcome> {
  const env = { ...process.env, NODE_ENV: 'development', NO_COLOR: '1', ...settings }
  return new Promise((resolve) => {
    execFile('npx', ['knex', command], { cwd: project.folder, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr })
    })
  })
}

/** A database of this name, which does not exist yet: its settings, and a way to look into it. */
function database(name: string) {
  const file = join(project.folder, `${name}.sqlite3`)
  const ask = (sql: string): unknown[] => {
    const db = new Database(file)
    try {
      return db.prepare(sql).pluck().all()
    } finally {
      db.close()
    }
  }
  return { settings: { DATABASE_URL: `sqlite:${name}.sqlite3` }, ask }
}

const tables =
  "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1"

test('migrate:latest creates users as the chapter does', async () => {
  const { settings, ask } = database('latest')
  const { code, output } = await knex('migrate:latest', settings)
  assert.equal(code, 0, output)
  assert.match(output, /Batch 1 run: 1 migrations/)
  assert.deepEqual(
    ask("select sql from sqlite_master where tbl_name = 'users' and sql is not null"),
    [
      'CREATE TABLE `users` (`id` integer not null primary key autoincrement, ' +
        '`username` varchar(128) not null, `email` varchar(128) not null)',
      'CREATE UNIQUE INDEX `users_username_unique` on `users` (`username`)',
      'CREATE UNIQUE INDEX `users_email_unique` on `users` (`email`)',
    ],
  )
})

test('a second migrate:latest has nothing to do', async () => {
  const { settings } = database('second')
  await knex('migrate:latest', settings)
  const { code, output } = await knex('migrate:latest', settings)
  assert.equal(code, 0, output)
  assert.match(output, /Already up to date/)
})

test('migrate:status tells what is pending and what is done', async () => {
  const { settings } = database('status')
  const before = await knex('migrate:status', settings)
  await knex('migrate:latest', settings)
  const after = await knex('migrate:status', settings)
  assert.match(before.output, /Found 1 Pending Migration file\/files\.\s+\d+_create_users\.ts/)
  assert.match(after.output, /Found 1 Completed Migration file\/files\.\s+\d+_create_users\.ts/)
})

test('migrate:rollback removes users', async () => {
  const { settings, ask } = database('rollback')
  await knex('migrate:latest', settings)
  const { code, output } = await knex('migrate:rollback', settings)
  assert.equal(code, 0, output)
  assert.match(output, /Batch 1 rolled back: 1 migrations/)
  assert.deepEqual(ask(tables), [
    'knex_migrations',
    'knex_migrations_checksums',
    'knex_migrations_lock',
  ])
})

test('a migration that throws half-way ends with an error, and leaves nothing of itself', async (t) => {
  const { settings, ask } = database('half')
  await knex('migrate:latest', settings)
  const broken = join(project.folder, 'migrations/20270101000000_breaks.ts')
  t.after(() => rm(broken))
  await writeFile(
    broken,
    `import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('half', (table) => table.increments('id'))
  await knex('users').insert({ username: 'half', email: 'half@example.com' })
  throw new Error('no further')
}

export async function down(): Promise<void> {}
`,
  )
  const { code, output } = await knex('migrate:latest', settings)
  assert.equal(code, 1)
  assert.match(output, /migration file "20270101000000_breaks\.ts" failed/)
  assert.match(output, /no further\n\s+at .*20270101000000_breaks\.ts:6:/)
  assert.deepEqual(ask(tables), [
    'knex_migrations',
    'knex_migrations_checksums',
    'knex_migrations_lock',
    'users',
  ])
  assert.deepEqual(ask('select name from knex_migrations'), ['20261125000000_create_users.ts'])
  assert.deepEqual(ask('select count(*) from users'), [0])
  assert.deepEqual(ask('select is_locked from knex_migrations_lock'), [0])
})

test('.env says where the database is', async (t) => {
  const file = join(project.folder, '.env')
  t.after(() => rm(file))
  await writeFile(file, 'DATABASE_URL=sqlite:from-env.sqlite3\n')
  await knex('migrate:latest', { DATABASE_URL: '' })
  assert.ok(database('from-env').ask(tables).includes('users'))
})

test('an unknown NODE_ENV ends with an error that names the three', async () => {
  const { code, output } = await knex('migrate:latest', { NODE_ENV: 'staging' })
  assert.equal(code, 1)
  assert.match(output, /NODE_ENV: expected one of development, production, test, saw 'staging'/)
})

test('a malformed DATABASE_URL ends with an error that says what is expected, without password', async () => {
  const { code, output } = await knex('migrate:latest', { DATABASE_URL: 'oracle://me:hunter22@x' })
  assert.equal(code, 1)
  assert.match(
    output,
    /DATABASE_URL: expected a URL such as sqlite:file\.sqlite3 or .*, saw 'oracle:\/\/me:\*\*\*@x'/,
  )
  assert.doesNotMatch(output, /hunter22/)
})

for (const [what, url] of [
  ['a missing folder', 'sqlite:missing/db.sqlite3'],
  ['a directory as database', 'sqlite:src'],
  ['a file that is no database', 'sqlite:package-lock.json'],
  ['a server that refuses', 'postgres://me:hunter22@127.0.0.1:1/app'],
] as const) {
  test(`${what} ends with an error`, async () => {
    const { code, output } = await knex('migrate:latest', { DATABASE_URL: url })
    assert.equal(code, 1, output)
    assert.doesNotMatch(output, /hunter22/)
  })
}

const directory = join(__dirname, '../migrations')

onEach('the migration makes users, with columns that are required and unique', async (db) => {
  await db.migrate.latest({ directory })
  assert.deepEqual(Object.keys(await db('users').columnInfo()), ['id', 'username', 'email'])
  await db('users').insert({ username: 'ann', email: 'ann@example.com' })
  await assert.rejects(db('users').insert({ username: 'ann', email: 'other@example.com' }))
  await assert.rejects(db('users').insert({ username: 'other', email: 'ann@example.com' }))
  await assert.rejects(db('users').insert({ username: null, email: 'x@example.com' }))
  assert.equal((await db('users').first()).id, 1)
})

onEach('the migration is undone', async (db) => {
  await db.migrate.latest({ directory })
  await db.migrate.rollback({ directory })
  assert.equal(await db.schema.hasTable('users'), false)
})
