import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Application } from '../../../src/framework/application'
import { defineConfig } from '../../../src/framework/config'
import { checksumsTable } from '../../../src/framework/database/checksums'
import { editedFiles } from '../../../src/framework/migrations/edited'
import { readFiles } from '../../../src/framework/migrations/history'
import { upgradeInDevelopment } from '../../../src/framework/migrations/upgrade'
import { type Folder, makes, migration, onEach, onServers, withFolder } from './folder'

const edited = ({ db, config }: Application) =>
  editedFiles(db, readFiles(`${config.root}/migrations`))

const noted = async ({ db }: Application): Promise<string[]> =>
  (await db(checksumsTable).orderBy('name')).map(({ name }) => name)

onEach('a migration whose file was changed after it ran is edited', async ({ app, write }) => {
  write({ '1_pets': makes('pets'), '2_toys': makes('toys') })
  await app.db.migrate.latest()
  assert.deepEqual(await edited(app), [])
  write({ '1_pets': makes('pets', '// Another thought.\n') })
  assert.deepEqual(await edited(app), ['1_pets'])
})

onEach('one that was undone, changed and applied again is not', async ({ app, write }) => {
  write({ '1_pets': makes('pets') })
  await app.db.migrate.latest()
  await app.db.migrate.rollback()
  assert.deepEqual(await noted(app), [])
  write({ '1_pets': makes('pets', '// Another thought.\n') })
  assert.deepEqual(await edited(app), [])
  await app.db.migrate.latest()
  assert.deepEqual(await edited(app), [])
})

onEach('one without a transaction is noted like others', async ({ app, write }) => {
  const free = `${makes('toys')}export const config = { transaction: false }\n`
  write({ '1_pets': makes('pets'), '2_toys': free })
  await app.db.migrate.latest()
  assert.deepEqual(await noted(app), ['1_pets.ts', '2_toys.ts'])
  await app.db.migrate.down()
  assert.deepEqual(await noted(app), ['1_pets.ts'])
})

onEach('one that fails is not noted', async ({ app, write }) => {
  write({ '1_pets': makes('pets') })
  await app.db.migrate.latest()
  write({ '2_bad': migration('throw new Error("no")') })
  await assert.rejects(app.db.migrate.latest())
  assert.deepEqual(await noted(app), ['1_pets.ts'])
})

test('one that was applied before checksums were noted is not edited', () =>
  withFolder(async ({ app, write }) => {
    write({ '1_pets': makes('pets') })
    await app.db.migrate.latest()
    await app.db.schema.dropTable(checksumsTable)
    write({ '1_pets': makes('pets', '// Another thought.\n') })
    assert.deepEqual(await edited(app), [])
    await app.db.migrate.down()
    assert.equal(await app.db.schema.hasTable(checksumsTable), false)
  }))

test('line endings do not count', () =>
  withFolder(async ({ app, write }) => {
    write({ '1_pets': makes('pets', '// One.\n') })
    await app.db.migrate.latest()
    write({ '1_pets': makes('pets', '// One.\n').replaceAll('\n', '\r\n') })
    assert.deepEqual(await edited(app), [])
  }))

onServers('two processes that migrate at once note each migration once', async (folder) => {
  const free = `${makes('toys')}export const config = { transaction: false }\n`
  folder.write({ '1_pets': makes('pets'), '2_toys': free, '3_cats': makes('cats') })
  const lines = (await Promise.all([upgrade(folder), upgrade(folder)])).flat()
  assert.match(lines.join('\n'), /^Database [^\n]* 3 migrations applied: [^\n]*$/)
  assert.deepEqual(await noted(folder.app), ['1_pets.ts', '2_toys.ts', '3_cats.ts'])
  assert.equal((await folder.app.db('knex_migrations')).length, 3)
})

/** Upgrades as another process would, and returns what it said. */
async function upgrade({ app }: Folder): Promise<string[]> {
  const { root, DATABASE_URL } = app.config
  const environment = { NODE_ENV: 'development', DATABASE_URL: DATABASE_URL.reveal() }
  const other = new Application(defineConfig({ root, environment }), [])
  const said: string[] = []
  try {
    await upgradeInDevelopment(other, (line) => said.push(line))
    return said
  } finally {
    await other.close()
  }
}
