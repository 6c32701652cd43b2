import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { Application } from '../../../src/framework/application'
import { defineConfig } from '../../../src/framework/config'
import { MigrationError, StoreUnavailableError } from '../../../src/framework/errors'
import { upgradeInDevelopment } from '../../../src/framework/migrations/upgrade'
import { freshDatabase, skipWithout } from '../../support/servers'

let root = ''
const migrations = {
  '1_pets.ts': migration('await knex.schema.createTable("pets", (t) => void t.increments())'),
  '2_toys.ts': migration('await knex.schema.createTable("toys", (t) => void t.increments())'),
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atelier-upgrade-'))
  write(migrations)
})
afterEach(() => rmSync(root, { recursive: true }))

function migration(up: string): string {
  return `export async function up(knex: any) { ${up} }\nexport async function down() {}\n`
}

function write(files: Record<string, string>): void {
  mkdirSync(join(root, 'migrations'), { recursive: true })
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(root, 'migrations', name), text)
}

/** Upgrades once; returns what was said. `look` sees the database afterwards, failed or not. */
async function upgrade(
  environment: Record<string, string> = {},
  look: (app: Application) => Promise<void> = async () => {},
): Promise<string[]> {
  const given = { NODE_ENV: 'development', DATABASE_URL: 'sqlite:db.sqlite3', ...environment }
  const app = new Application(defineConfig({ root, environment: given }), [])
  const said: string[] = []
  try {
    await upgradeInDevelopment(app, (line) => said.push(line), { patience: 300 })
    return said
  } finally {
    await look(app)
    await app.close()
  }
}

/** That an upgrade fails, and what its error says. */
async function failure(look?: (app: Application) => Promise<void>): Promise<string> {
  try {
    await upgrade({}, look)
  } catch (error) {
    assert.ok(error instanceof MigrationError)
    return error.paragraph
  }
  return assert.fail('It did not fail.')
}

suite('in development', () => {
  test('a new database is created and migrated, in one line', async () => {
    const line = 'Database sqlite:db.sqlite3 created, 2 migrations applied: 1_pets, 2_toys'
    assert.deepEqual(await upgrade(), [line])
  })

  test('a database that is at the newest migration is left alone, in silence', async () => {
    await upgrade()
    assert.deepEqual(await upgrade(), [])
  })

  test('a database that is behind gets what it lacks', async () => {
    await upgrade()
    write({ '3_owners.ts': migration('') })
    assert.deepEqual(await upgrade(), ['Database sqlite:db.sqlite3, 1 migration applied: 3_owners'])
  })

  test('a project without migrations needs none', async () => {
    rmSync(join(root, 'migrations'), { recursive: true })
    assert.deepEqual(await upgrade(), [])
  })
})

suite('elsewhere', () => {
  test('production is told what is pending, and nothing is written', async () => {
    const [line, ...more] = await upgrade({ NODE_ENV: 'production' }, async ({ db }) => {
      assert.deepEqual(await db('sqlite_master').select('name'), [])
    })
    assert.match(line ?? '', /2 migrations pending; apply with: npx knex migrate:latest$/)
    assert.deepEqual(more, [])
  })

  test('production hears nothing when nothing is pending', async () => {
    await upgrade()
    assert.deepEqual(await upgrade({ NODE_ENV: 'production' }), [])
  })

  test('the test environment is not migrated', async () => {
    assert.deepEqual(await upgrade({ NODE_ENV: 'test' }), [])
  })
})

suite('a migration that fails', () => {
  test('is named with its cause, and everything is rolled back', async () => {
    write({
      '3_bad.ts': migration('await knex("pets").insert({ id: 1 }); throw new Error("half-way.")'),
    })
    const said = await failure(async ({ db }) => {
      assert.deepEqual(await db('knex_migrations'), [])
      assert.equal(await db.schema.hasTable('pets'), false)
    })
    assert.match(said, /^The migration 3_bad\.ts failed: half-way\. It was rolled back/)
  })

  test('can be corrected and tried again', async () => {
    write({ '3_bad.ts': migration('throw new Error("no")') })
    await failure()
    rmSync(join(root, 'migrations/3_bad.ts'))
    write({ '3_good.ts': migration('') })
    assert.equal((await upgrade()).length, 1)
  })

  test('is named when it cannot even be loaded', async () => {
    write({ '3_syntax.ts': 'export const up = (' })
    assert.match(await failure(), /^The migration 3_syntax\.ts failed/)
  })

  test('is named when it is no migration', async () => {
    write({ '3_empty.ts': 'export {}' })
    assert.match(await failure(), /3_empty\.ts/)
  })

  test('that was applied and then deleted is named', async () => {
    await upgrade()
    rmSync(join(root, 'migrations/2_toys.ts'))
    assert.match(await failure(), /^The database has 2_toys, .*has no such file/)
  })

  test('is said to be kept in part where it asked for no transaction', async () => {
    const text = migration('await knex("pets").insert({ id: 1 }); throw new Error("no")')
    write({ '3_bare.ts': `${text}export const config = { transaction: false }\n` })
    assert.match(
      await failure(),
      /3_bare\.ts failed: no\. .*not undone: insert into `pets` .*by hand/,
    )
  })
})

suite('an order that is wrong', () => {
  const after = (parent: string) => `/**\n * More.\n *\n * Parent: ${parent}\n */\n${migration('')}`

  test('is refused where files were written side by side, before anything runs', async () => {
    write({ '3_left.ts': after('2_toys'), '4_right.ts': after('2_toys') })
    const said = await failure(async ({ db }) => {
      assert.deepEqual(await db('sqlite_master').select('name'), [])
    })
    assert.match(said, /3_left and 4_right were written side by side.*revision -- --merge\n/)
  })

  test('is refused where a file comes after one that is not there', async () => {
    write({ '3_next.ts': after('2_gone') })
    assert.match(await failure(), /3_next comes after 2_gone, which is not there\./)
  })

  test('is said where an older file comes late, and the file is applied', async () => {
    await upgrade()
    write({ '1_quick.ts': migration('') })
    const [late, done] = await upgrade()
    assert.equal(late, '1_quick is older than 2_toys, which is applied already.')
    assert.match(done ?? '', /1 migration applied: 1_quick$/)
  })

  test('is of no matter where nothing is pending', async () => {
    write({ '3_left.ts': after('2_toys') })
    await upgrade()
    write({ '3_left.ts': after('2_gone') })
    assert.deepEqual(await upgrade(), [])
  })
})

suite('another process', () => {
  test('that was killed and left the lock behind is told apart', async () => {
    await upgrade()
    write({ '3_owners.ts': migration('') })
    await upgrade({ NODE_ENV: 'test' }, async ({ db }) => {
      await db('knex_migrations_lock').update({ is_locked: 1 })
    })
    assert.match(await failure(), /locked by another process.*npx knex migrate:unlock$/)
  })

  test('that is done within some moments is waited for', async () => {
    await upgrade()
    write({ '3_owners.ts': migration('') })
    await upgrade({ NODE_ENV: 'test' }, async ({ db }) => {
      await db('knex_migrations_lock').update({ is_locked: 1 })
      const done = upgrade()
      await new Promise((resolve) => setTimeout(resolve, 50))
      await db('knex_migrations_lock').update({ is_locked: 0 })
      assert.equal((await done).length, 1)
    })
  })

  test('that made the lock a second time does no harm', async () => {
    await upgrade()
    write({ '3_owners.ts': migration('') })
    await upgrade({ NODE_ENV: 'test' }, async ({ db }) => {
      await db('knex_migrations_lock').insert({ is_locked: 0 })
    })
    assert.equal((await upgrade()).length, 1)
  })
})

test('a database that cannot be opened is said before anything else', async () => {
  await assert.rejects(
    upgrade({ DATABASE_URL: 'sqlite:nowhere/db.sqlite3' }),
    StoreUnavailableError,
  )
})

for (const kind of ['postgres', 'mysql'] as const) {
  test(`${kind} is upgraded by two processes at once`, { skip: skipWithout(kind) }, async () => {
    const database = await freshDatabase(kind)
    try {
      const both = await Promise.all([1, 2].map(() => upgrade({ DATABASE_URL: database.url })))
      assert.equal(both.flat().length, 1)
    } finally {
      await database.drop()
    }
  })
}
