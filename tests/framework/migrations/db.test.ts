import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MigrationError } from '../../../src/framework/errors'
import { current, downgrade, history, upgrade } from '../../../src/framework/migrations/db'
import { type Folder, header, makes, migration, onEach, onServers, withFolder } from './folder'

type Say = (line: string) => void

/** What a command said, a line each. */
async function said(command: (say: Say) => Promise<void>): Promise<string[]> {
  const lines: string[] = []
  await command((line) => lines.push(line))
  return lines
}

const up = ({ app }: Folder, count?: number, force = false) =>
  said((say) => upgrade(app, { count, force }, say))
const down = ({ app }: Folder, count = 1) => said((say) => downgrade(app, count, say))
const now = ({ app }: Folder) => said((say) => current(app, say))
const all = ({ app }: Folder) => said((say) => history(app, say))

/** How a command was refused. */
async function refusal(command: Promise<unknown>): Promise<string> {
  const error = await command.then(
    () => assert.fail('It was not refused.'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof MigrationError, String(error))
  return error.paragraph
}

const three = { '1_pets': makes('pets'), '2_toys': makes('toys'), '3_cats': makes('cats') }

onEach('upgrade applies all that is pending, and says each', async (folder) => {
  folder.write(three)
  assert.deepEqual(await up(folder), ['Applied 1_pets', 'Applied 2_toys', 'Applied 3_cats'])
  assert.deepEqual(await up(folder), ['Nothing to do: no migration is pending.'])
  assert.deepEqual(await now(folder), ['3_cats'])
})

onEach('upgrade applies the next few, downgrade undoes the newest few', async (folder) => {
  const { db } = folder.app
  folder.write(three)
  assert.deepEqual(await up(folder, 2), ['Applied 1_pets', 'Applied 2_toys'])
  assert.deepEqual(await now(folder), ['2_toys, 1 migration pending'])
  assert.deepEqual(await up(folder, 5), ['Applied 3_cats'])
  assert.deepEqual(await down(folder, 2), ['Undid 3_cats', 'Undid 2_toys'])
  assert.deepEqual(
    await Promise.all(['pets', 'toys', 'cats'].map((table) => db.schema.hasTable(table))),
    [true, false, false],
  )
})

onEach('nothing is written just to look', async (folder) => {
  folder.write(three)
  assert.deepEqual(await now(folder), ['No migration is applied, 3 migrations pending'])
  assert.deepEqual(await all(folder), ['pending  1_pets', 'pending  2_toys', 'pending  3_cats'])
  assert.deepEqual(await down(folder), ['Nothing to do: no migration is applied.'])
  for (const table of ['knex_migrations', 'knex_migrations_lock', 'knex_migrations_checksums']) {
    assert.equal(await folder.app.db.schema.hasTable(table), false)
  }
})

onEach('history tells of each migration what is known', async (folder) => {
  const { write } = folder
  write({ '1_pets': makes('pets', header('create pets', 'none')) })
  write({ '2_toys': makes('toys', header('toys for pets', '1_pets')), '3_hand': makes('cats') })
  await up(folder, 2)
  write({ '2_toys': makes('toys', header('other toys', '1_pets')) })
  const [pets, toys, hand] = await all(folder)
  assert.match(
    pets ?? '',
    /^applied {2}1_pets {2}create pets {2}on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
  )
  assert.match(
    toys ?? '',
    /^applied {2}2_toys {2}other toys {2}on [^a-z]+ {2}after 1_pets {2}edited since$/,
  )
  assert.equal(hand, 'pending  3_hand')
  const date = Date.parse(`${/on (.+)$/.exec(pets ?? '')?.[1]}Z`)
  assert.ok(Math.abs(Date.now() - date) < 60_000, pets)
})

onServers(
  'what another process applies while upgrade waits for its lock is not applied again',
  async (folder) => {
    const { db } = folder.app
    folder.write({ '1_pets': makes('pets') })
    await up(folder)
    const adds = `await knex('pets').insert({})`
    folder.write({ '2_pet': `${migration(adds)}export const config = { transaction: false }\n` })
    const other = await db.transaction()
    await other('knex_migrations_lock').update({ is_locked: 0 })
    const waits = new Promise<void>((resolve) => {
      db.on('query', ({ sql }) => sql.startsWith('update "knex_migrations_lock"') && resolve())
    })
    const upgraded = up(folder)
    await waits
    await other('knex_migrations').insert({ name: '2_pet.ts', batch: 2 })
    await other.commit()
    assert.deepEqual(await upgraded, ['Nothing to do: no migration is pending.'])
    assert.deepEqual(await db('pets'), [])
  },
  ['postgres'],
)

test('the tables of Knex stay its own: its commands and ours see the same', () =>
  withFolder(async (folder) => {
    const { migrate } = folder.app.db
    folder.write(three)
    await migrate.latest()
    assert.deepEqual(await down(folder), ['Undid 3_cats'])
    assert.equal((await migrate.list())[1].length, 1)
    await up(folder)
    assert.deepEqual((await migrate.rollback())[1], ['3_cats.ts'])
    assert.deepEqual(await now(folder), ['2_toys, 1 migration pending'])
  }))

test('production is no different', () =>
  withFolder(
    async (folder) => {
      folder.write(three)
      assert.equal((await up(folder)).length, 3)
      assert.deepEqual(await down(folder), ['Undid 3_cats'])
    },
    'sqlite:db.sqlite3',
    'production',
  ))

test('without migrations there is nothing to show or do', () =>
  withFolder(async (folder) => {
    assert.deepEqual(await now(folder), ['No migration is applied'])
    assert.deepEqual(await all(folder), ['There are no migrations.'])
    assert.deepEqual(await up(folder), ['Nothing to do: no migration is pending.'])
  }))

suite('a database that is newer than the files', () => {
  const newer = (body: (folder: Folder) => Promise<void>) => () =>
    withFolder(async (folder) => {
      folder.write(three)
      await up(folder)
      folder.remove('3_cats')
      await body(folder)
    })

  test(
    'is shown as it is',
    newer(async (folder) => {
      assert.deepEqual(await now(folder), ['3_cats, which has no file here'])
      assert.match((await all(folder)).at(-1) ?? '', /^no file {2}3_cats {2}on /)
    }),
  )

  test(
    'is neither upgraded nor downgraded',
    newer(async (folder) => {
      folder.write({ '4_owners': makes('owners') })
      for (const refused of [up(folder), down(folder, 2)]) {
        assert.match(await refusal(refused), /^The database has 3_cats, .*Nothing was changed\.$/)
      }
      assert.equal(await folder.app.db.schema.hasTable('owners'), false)
      assert.equal(await folder.app.db.schema.hasTable('toys'), true)
    }),
  )
})

suite('an order that is wrong', () => {
  const beside = {
    '1_pets': makes('pets', header('pets', 'none')),
    '2_toys': makes('toys', header('toys', '1_pets')),
    '3_cats': makes('cats', header('cats', '1_pets')),
  }

  test('is refused before anything runs where files were written side by side', () =>
    withFolder(async (folder) => {
      folder.write(beside)
      assert.match(
        await refusal(up(folder)),
        /^Nothing was applied: 2_toys and 3_cats were .*side.* npm run revision -- --merge\n/,
      )
      assert.match((await now(folder))[0] ?? '', /^No migration is applied/)
      assert.match((await all(folder)).at(-1) ?? '', /^2_toys and 3_cats were written side by side/)
    }))

  test('is refused where an older file comes late, with what to do', () =>
    withFolder(async (folder) => {
      folder.write({ '1_pets': makes('pets'), '3_cats': makes('cats') })
      await up(folder)
      folder.write({ '2_toys': makes('toys') })
      const text = await refusal(up(folder))
      assert.match(text, /2_toys is older than 3_cats, which is applied already\. Give it a newer/)
      assert.match(text, /npm run db -- upgrade --force$/)
      assert.deepEqual(await up(folder, undefined, true), ['Applied 2_toys'])
    }))

  test('is applied all the same when that is asked for', () =>
    withFolder(async (folder) => {
      folder.write(beside)
      assert.equal((await up(folder, undefined, true)).length, 3)
    }))
})

suite('a migration that fails half-way', () => {
  const halfWay = `await knex('pets').insert({ id: 7 })
    await knex.schema.createTable('toys', (t: any) => void t.increments())
    await knex('toys').insert({ id: 8 })
    throw new Error('half-way.')`

  onServers(
    'the statements that stay are said, without values',
    async (folder) => {
      folder.write({ '1_pets': makes('pets'), '2_toys': migration(halfWay) })
      const text = await refusal(up(folder))
      assert.match(
        text,
        /^The migration 2_toys\.ts failed: half-way\. Done before, and not undone: /,
      )
      assert.match(
        text,
        /undone: insert into `pets` \(`id`\) values \(\?\); create table `toys` .*; insert into `toys` \(`id`\) values \(\?\)\. Undo that by hand/,
      )
      assert.deepEqual(await now(folder), ['1_pets, 1 migration pending'])
      assert.deepEqual(await folder.app.db('pets').pluck('id'), [7])
    },
    ['mysql'],
  )

  onServers(
    'rows that its transaction still held are rolled back',
    async (folder) => {
      folder.write({ '1_pets': makes('pets') })
      await up(folder)
      folder.write({
        '2_bad': migration(`await knex('pets').insert({ id: 7 }); throw Error('no')`),
      })
      assert.match(await refusal(up(folder)), /failed: no\. It was rolled back/)
      assert.deepEqual(await folder.app.db('pets'), [])
    },
    ['mysql'],
  )

  onServers(
    'of many statements the first are said, and how many there were',
    async (folder) => {
      const many = `for (let id = 1; id <= 14; id++) await knex('pets').insert({ id })`
      folder.write({ '1_pets': makes('pets'), '2_bad': migration(`${many}; throw Error('no')`) })
      assert.match(await refusal(up(folder)), /(insert into `pets`[^;]+; ){10}4 more\. Undo/)
    },
    ['mysql'],
  )

  onEach('a change of a file without transaction is told truly', async (folder) => {
    const change = require.resolve('../../../src/framework/migrations/change')
    const steps = `await change(knex, [
      { op: 'addColumn', table: 'pets', column: { name: 'age', type: 'integer', nullable: true } },
      async () => { throw new Error('no') },
    ])`
    const text = `import { change } from ${JSON.stringify(change)}
export const config = { transaction: false }\n${migration(steps)}`
    folder.write({ '1_pets': makes('pets'), '2_age': text })
    const said = await refusal(up(folder))
    const stays = await folder.app.db.schema.hasColumn('pets', 'age')
    const done = /Done before, and not undone: [^;]+'pets\.age'[^;]*\.\sUndo that by hand/
    assert.match(said, stays ? done : /It was rolled back/)
    assert.equal(stays, folder.app.config.DATABASE_URL.kind === 'mysql')
    assert.equal(said.split('not undone').length, stays ? 2 : 1)
  })

  onEach('without transaction and change it says what stays', async (folder) => {
    const text = migration(`${halfWay}`)
    folder.write({ '1_pets': makes('pets') })
    folder.write({ '2_toys': `${text}export const config = { transaction: false }\n` })
    assert.match(await refusal(up(folder)), /not undone: insert into .*; create table .*by hand/)
    assert.equal(await folder.app.db.schema.hasTable('toys'), true)
  })

  test('undoing can fail too, and leaves what was undone before', () =>
    withFolder(async (folder) => {
      folder.write(three)
      folder.write({ '2_toys': migration('', 'throw new Error("no way back")') })
      await up(folder)
      const text = await refusal(down(folder, 2))
      assert.match(text, /^The migration 2_toys\.ts failed: no way back\. It was rolled back/)
      assert.deepEqual(await now(folder), ['2_toys, 1 migration pending'])
    }))
})
