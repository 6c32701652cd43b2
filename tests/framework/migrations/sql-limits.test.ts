import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MigrationError } from '../../../src/framework/errors'
import { pendingSql } from '../../../src/framework/migrations/sql'
import { type Folder, header, makes, migration, onEach, onServers, withFolder } from './folder'
import { changes, contents } from './two-databases'

/** What a script says of the files that it does not show. */
async function excuses({ app }: Folder): Promise<string[]> {
  return (await pendingSql(app)).split('\n').filter((line) => line.includes('cannot be shown'))
}

onEach('nothing is written to the database', async (folder) => {
  const { db } = folder.app
  folder.write({ '1_pets': makes('pets') })
  await db.migrate.latest()
  await db('pets').insert({ id: 1 })
  const before = await contents(db)
  folder.write({
    '2_pets': migration(`await knex('pets').insert({ id: 2 })
      await knex.schema.renameTable('pets', 'animals')`),
    '3_more': changes(`{ op: 'addIndex', table: 'animals', index: { name: 'a', columns: ['id'] } },
      { op: 'dropIndex', table: 'animals', index: { name: 'a', columns: ['id'] } }`),
  })
  assert.match(await pendingSql(folder.app), /^-- 3_more$/m)
  assert.deepEqual(await contents(db), before)
})

onEach('not even the tables of Knex are made just to look', async (folder) => {
  folder.write({ '1_pets': makes('pets') })
  assert.match(await pendingSql(folder.app), /^create table .knex_migrations. /m)
  assert.deepEqual(await contents(folder.app.db), { tables: [], rows: {} })
})

onEach('when nothing is pending, a comment says so', async (folder) => {
  folder.write({ '1_pets': makes('pets') })
  await folder.app.db.migrate.latest()
  assert.equal(await pendingSql(folder.app), '-- Nothing to do: no migration is pending.')
})

onEach('each file is a paragraph that begins with its name', async (folder) => {
  folder.write({ '20261124101500_pets': makes('pets'), '20261124101600_toys': makes('toys') })
  const script = await pendingSql(folder.app)
  assert.match(script, /\n\n-- 20261124101500_pets\ncreate table .pets. [^;]+;\n/)
  assert.match(script, /\n\n-- 20261124101600_toys\ncreate table .toys. [^;]+;\n/)
})

const linesOf = async ({ app }: Folder) => (await pendingSql(app)).split('\n')

onEach('one transaction holds all files, as in Knex', async (folder) => {
  folder.write({ '1_pets': makes('pets'), '2_toys': makes('toys') })
  const lines = await linesOf(folder)
  assert.equal(lines.filter((line) => line === 'begin;').length, 1)
  assert.equal(lines.at(-1), 'commit;')
})

onEach('where a file wants no transaction, each other has one of its own', async (folder) => {
  const bare = `${makes('cars')}export const config = { transaction: false }\n`
  folder.write({ '1_pets': makes('pets'), '2_bare': bare, '3_toys': makes('toys') })
  const lines = await linesOf(folder)
  const told = lines.filter((line) => /^(begin;|commit;|-- [123].*)$/.test(line))
  assert.deepEqual(told, [
    '-- 1_pets',
    'begin;',
    'commit;',
    '-- 2_bare',
    '-- 3_toys',
    'begin;',
    'commit;',
  ])
})

test('SQLite lets go of foreign keys outside of the transaction', () =>
  withFolder(async (folder) => {
    const column = `{ name: 'age', type: 'integer', nullable: true }`
    folder.write({
      '1_pets': makes('pets'),
      '2_age': changes(`{ op: 'addColumn', table: 'pets', column: ${column} },
        { op: 'alterColumn', table: 'pets', from: ${column}, to: { name: 'age', type: 'text' } }`),
    })
    const script = await pendingSql(folder.app)
    const age = script.slice(script.indexOf('-- 2_age'))
    assert.match(
      age,
      /pragma foreign_keys = (off|false|0);\nbegin;[\s\S]*\ncommit;\npragma foreign_keys = (on|true|1);/i,
    )
  }))

onEach('a file that fails is named with the reason, and ends the script', async (folder) => {
  folder.write({ '1_pets': makes('pets'), '3_toys': makes('toys') })
  folder.write({
    '2_bad': migration(`await knex('pets').insert({ id: 1 })\nthrow new Error('half-way.')`),
  })
  const script = await pendingSql(folder.app)
  assert.match(script, /-- 2_bad cannot be shown, nor what comes after it: half-way\.\ncommit;$/)
  assert.match(script, /create table .pets. /)
  assert.doesNotMatch(script, /insert into .pets.|3_toys/)
})

onEach('a file that cannot be loaded is named too', async (folder) => {
  folder.write({ '1_pets': makes('pets'), '2_half': 'export async function up() {}' })
  assert.deepEqual(await excuses(folder), [
    '-- 2_half cannot be shown, nor what comes after it: it must have both functions, up and down.',
  ])
})

const looksInto = `if ((await knex('pets').where({ id: 1 }).update({ id: 2 })) > 0) {
  await knex('pets').insert({ id: 3 })
}`
const uses = {
  'a count': looksInto,
  'a key that is inserted elsewhere': `const [id] = await knex('pets').insert({ id: 7 })
    await knex('pets').insert({ id })`,
  'a key in a raw statement': `const [id] = await knex('pets').insert({ id: 7 })
    await knex.raw('delete from pets where id = ?', [id])`,
  'a key in a text': `const [id] = await knex('pets').insert({ id: 7 })
    await knex.raw('delete from pets where id = ' + id)`,
}

for (const [what, up] of Object.entries(uses)) {
  onServers(`what a statement answers is not guessed: ${what}`, async (folder) => {
    folder.write({ '1_pets': makes('pets'), '2_use': migration(up) })
    const [excuse = ''] = await excuses(folder)
    assert.match(excuse, /2_use .*: it uses the answer of: (insert into|update) .pets./)
  })
}

onServers('an answer that nobody looks at is none of its business', async (folder) => {
  const many = `await knex.batchInsert('pets', [{ id: 1 }, { id: 2 }], 1)`
  folder.write({ '1_pets': makes('pets'), '2_many': migration(many) })
  assert.deepEqual(await excuses(folder), [])
})

onServers('a file that catches the refusal is refused all the same', async (folder) => {
  const caught = `try { ${looksInto} } catch { await knex('pets').insert({ id: 4 }) }`
  folder.write({ '1_pets': makes('pets'), '2_look': migration(caught) })
  assert.equal((await excuses(folder)).length, 1)
})

/** Why a file is refused that asks for rows after something else was done. */
async function refusedAfter(folder: Folder, before: string): Promise<string> {
  folder.write({ '1_pets': makes('pets'), '2_toys': makes('toys') })
  await folder.app.db.migrate.latest()
  folder.write({ '3_ask': migration(`${before}\nawait knex('toys')`) })
  const [excuse = ''] = await excuses(folder)
  folder.remove('3_ask')
  return excuse
}

const others = {
  'inserted ones': `await knex('toys').insert({ id: 1 })`,
  'updated ones': `await knex('toys').update({ id: 1 })`,
  'those of a changed table': `await knex.schema.alterTable('toys', (t: any) => void t.text('a'))`,
  'those of a table that others may refer to': `await knex('pets').del()`,
  'those of a renamed table': `await knex.schema.renameTable('toys', 'cars')`,
}

for (const [what, before] of Object.entries(others)) {
  onServers(`rows are not read from a time before: ${what}`, async (folder) => {
    assert.match(
      await refusedAfter(folder, before),
      /3_ask .*: it asks for rows of toys as they are after what comes before\.$/,
    )
  })
}

const streams = `for await (const { id } of knex('toys').stream()) await knex('pets').insert({ id })`

onEach('rows that come as a stream are rows like others', async (folder) => {
  folder.write({ '1_pets': makes('pets'), '2_toys': makes('toys') })
  await folder.app.db.migrate.latest()
  await folder.app.db('toys').insert([{ id: 7 }, { id: 8 }])
  folder.write({ '3_stream': migration(streams) })
  assert.match(
    await pendingSql(folder.app),
    /^insert into .pets. .* values \(.*7.*\);\ninsert into .pets. .* values \(.*8.*\);$/m,
  )
})

onServers('nor are they read from a time before', async (folder) => {
  const before = `await knex('toys').insert({ id: 1 })\n${streams}`
  assert.match(await refusedAfter(folder, before), /it asks for rows of toys/)
})

onServers('rows of other tables are read as they are', async (folder) => {
  assert.equal(await refusedAfter(folder, `await knex('pets').insert({ id: 1 })`), '')
})

onServers(
  'a function that writes when it is asked is written down, and not run',
  async (folder) => {
    const { db } = folder.app
    folder.write({ '1_pets': makes('pets') })
    await db.migrate.latest()
    await db.raw(`create function add_pet() returns int language sql
      as 'insert into pets default values returning id'`)
    folder.write({ '2_call': migration(`await knex.raw('select add_pet()')`) })
    assert.match(await pendingSql(folder.app), /^select add_pet\(\);$/m)
    assert.deepEqual(await db('pets'), [])
  },
  ['postgres'],
)

onServers(
  'the copy of the tables is removed',
  async (folder) => {
    const { db } = folder.app
    folder.write({
      '1_pets': makes('pets'),
      '2_drop': changes(`{ op: 'addIndex', table: 'pets', index: { name: 'a', columns: ['id'] } },
        { op: 'dropIndex', table: 'pets', index: { name: 'a', columns: ['id'] } }`),
    })
    const sent: string[] = []
    db.on('query', ({ sql }) => sent.push(sql))
    assert.match(await pendingSql(folder.app), /drop index `a`/)
    const made = sent.flatMap((sql) => /^create database (\S+)/.exec(sql)?.[1] ?? [])
    assert.equal(made.length, 1)
    assert.deepEqual((await db.raw('show databases like ?', made))[0], [])
  },
  ['mysql'],
)

test('a warning says that the order of the files is wrong', () =>
  withFolder(async (folder) => {
    folder.write({ '1_pets': makes('pets', header('pets', 'none')) })
    folder.write({ '2_toys': makes('toys', header('toys', '0_gone')) })
    const script = await pendingSql(folder.app)
    assert.match(script, /^-- Warning: 2_toys comes after 0_gone, which is not there\.$/m)
  }))

test('a database that is newer than the files is refused', () =>
  withFolder(async (folder) => {
    folder.write({ '1_pets': makes('pets') })
    await folder.app.db.migrate.latest()
    folder.remove('1_pets')
    await assert.rejects(pendingSql(folder.app), MigrationError)
  }))
